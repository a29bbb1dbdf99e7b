"""One task a process looks after all sockets of `/ws/analytics`: silent ones end, and revoked keys' too."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict

from django.conf import settings
from django.db import Error as DatabaseError

from events.ws import admission
from obc_analytics.errors import ObcError

SILENT, UNKNOWN_KEY, FORBIDDEN = 4408, 4401, 4403
KEYS_EVERY = 30.0  # seconds

log = logging.getLogger(__name__)
_task: asyncio.Task[None] | None = None


def start() -> None:
    """Watch from now on, in the running loop. Does nothing when that is under way."""
    global _task
    if _task is None or _task.done() or _task.get_loop() is not asyncio.get_running_loop():
        _task = asyncio.create_task(_watch())


async def _watch() -> None:
    keys_at = time.monotonic() + KEYS_EVERY
    while True:
        await asyncio.sleep(min(1.0, settings.INGEST["HEARTBEAT_S"] / 4))
        try:
            end_silent(time.time())
            if time.monotonic() >= keys_at:
                keys_at = time.monotonic() + KEYS_EVERY
                await check_keys()
        except Exception:
            log.exception("Looking after the sockets failed")


def end_silent(now: float) -> None:
    """Close the sockets that sent no frame for 2½ heartbeats."""
    from events.ws.ingest import IngestConsumer

    limit = 2.5 * settings.INGEST["HEARTBEAT_S"]
    for consumer in list(IngestConsumer.open):
        connection = consumer.connection
        if connection and not consumer.closing and now - connection.last_seen > limit:
            _hang_up(consumer, SILENT, "No frame for two and a half heartbeats.")


async def check_keys() -> None:
    """Close the sockets whose key was revoked, and take over what changed about the tenant."""
    from events.ws.ingest import IngestConsumer

    by_key = defaultdict(list)
    for consumer in list(IngestConsumer.open):
        by_key[consumer.key].append(consumer)
    for key, consumers in by_key.items():
        try:
            holder = await admission.holder_of(key)
        except DatabaseError:
            return  # nobody can say; the next round will
        except ObcError as error:
            for consumer in consumers:
                _hang_up(consumer, UNKNOWN_KEY, error.message)
            continue
        for consumer in consumers:
            consumer.holder = holder
            try:
                admission.admit(holder, [], consumer.headers.get("origin"))
            except ObcError as error:
                _hang_up(consumer, FORBIDDEN, error.message)


_hanging_up: set[asyncio.Task[None]] = set()


def _hang_up(consumer, code: int, reason: str) -> None:  # type: ignore[no-untyped-def]
    consumer.closing = True
    task = asyncio.create_task(consumer.hang_up(code, reason))
    _hanging_up.add(task)
    task.add_done_callback(_hanging_up.discard)
