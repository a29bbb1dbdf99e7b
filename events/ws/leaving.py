"""What the doors do when the server goes down; the edge calls it (obc_analytics/edge.py)."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import redis

from events.ingest import stop_writer
from events.ws.ingest import GOING_DOWN, IngestConsumer
from events.ws.live import LiveConsumer
from events.ws.shared import teller

log = logging.getLogger(__name__)


async def finish_sockets(seconds: float) -> None:
    """Take no more frames; each socket is closed with 1012 after its last ack."""
    reason = "The server is going down."
    closing = [consumer.hang_up(GOING_DOWN, reason) for consumer in list(IngestConsumer.open)]
    closing += [consumer.close(GOING_DOWN, reason) for consumer in list(LiveConsumer.open)]
    await asyncio.gather(*closing, return_exceptions=True)


async def finish_writer(seconds: float) -> None:
    """Store what the writer holds; then nothing waits for this process any more."""
    # a thread of its own: those of the default executor may all be busy with slow requests
    executor = ThreadPoolExecutor(1)
    finished = await asyncio.get_running_loop().run_in_executor(executor, _stop, seconds)
    if not finished:
        log.error("The writer could not finish in time: what it held was not acknowledged")


def _stop(seconds: float) -> bool:
    finished = stop_writer(max(0.1, seconds - 0.5))
    try:
        teller.forget()
    except redis.RedisError:
        pass
    return finished
