"""The job worker as a process: runs until SIGTERM, and outlives its database.

procrastinate's worker ends when it loses its connection; this one begins again until it is told to stop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from datetime import timedelta

from procrastinate.contrib.django import app

HEARTBEAT_SECONDS = 10.0
STALLED_AFTER = timedelta(seconds=45)  # without a heartbeat a worker counts as dead
GRACE_SECONDS = 8.0  # for running jobs, once told to stop; what is cut off is run again
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between attempts while the database is away

log = logging.getLogger(__name__)


async def run(concurrency: int = 2) -> None:
    """Work until SIGTERM or SIGINT, then let running jobs finish for GRACE_SECONDS."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    stopping = asyncio.ensure_future(stopped.wait())
    pause = FIRST_PAUSE
    while not stopped.is_set():
        working = asyncio.ensure_future(_work(concurrency))
        began = loop.time()
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stopped.is_set():
            _exit_after(GRACE_SECONDS + 2)  # a thread can't be cancelled
            working.cancel()
        error = await _outcome(working)
        if stopped.is_set():
            break
        pause = FIRST_PAUSE if loop.time() - began > 60 else pause
        log.warning("The worker ended early; again in %.1f s", pause, extra={"error": repr(error or "no connection")})
        await asyncio.wait({stopping}, timeout=pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _work(concurrency: int) -> None:
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector):
        async with app.open_async():
            await app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER.total_seconds(),
            )


async def _outcome(working: asyncio.Future[None]) -> BaseException | None:
    try:
        await working
    except asyncio.CancelledError:
        return None
    except Exception as error:  # whatever it was, the worker begins again
        return error
    return None


def _exit_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()
