"""From commits to the live stream: at most five frames a second for each tenant, and only when somebody looks.

Fed in the writer's threads after COMMIT; whatever fails here fails no ack.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec
from channels.layers import get_channel_layer
from django.conf import settings

from events.ingest import Receipt, Sender, on_stored
from events.ingest.steps import Draft
from events.ws import presence

EVERY = 0.2  # seconds between two frames of a tenant
SAMPLE = 50  # events a frame shows; its `count` is of all
NOBODY_FOR = 1.0  # seconds until Redis is asked again whether somebody looks
LONG_TEXT = 500  # characters of an address or user agent that a frame shows
LARGE_PROPERTIES = 4_096  # bytes; larger ones are left out of the frame

encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pending:
    """What a tenant's next frame will tell. Times are monotonic seconds."""

    newest: deque[Draft] = field(default_factory=lambda: deque(maxlen=SAMPLE))
    count: int = 0
    scheduled: bool = False
    sent_at: float = 0.0
    nobody_until: float = 0.0


class Publisher:
    def __init__(self) -> None:
        self._pending: dict[uuid.UUID, Pending] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def use(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop whose consumers listen; without Redis a channel layer reaches one loop only."""
        if not settings.REDIS_URL:
            self._loop = loop

    def stored(self, sender: Sender, receipt: Receipt) -> None:
        """Events were committed. Quick, for it runs in the writer's thread."""
        tenant_id = sender.tenant.id
        if not presence.here[tenant_id] and not settings.REDIS_URL:
            return
        loop = self._running_loop()
        if loop is None:
            return
        moment = time.monotonic()
        with self._lock:
            pending = self._pending.setdefault(tenant_id, Pending())
            if moment < pending.nobody_until and not presence.here[tenant_id]:
                return
            pending.newest.extend(receipt.stored)
            pending.count += len(receipt.stored)
            if pending.scheduled:
                return
            pending.scheduled = True
        wait = max(0.0, pending.sent_at + EVERY - moment)
        loop.call_soon_threadsafe(lambda: loop.call_later(wait, self._start, tenant_id))

    def _running_loop(self) -> asyncio.AbstractEventLoop | None:
        if settings.REDIS_URL and (self._loop is None or not self._loop.is_running()):
            with self._lock:
                if self._loop is None or not self._loop.is_running():
                    self._loop = _loop_in_thread()
        return self._loop if self._loop and self._loop.is_running() else None

    def _start(self, tenant_id: uuid.UUID) -> None:
        task = asyncio.ensure_future(self.publish(tenant_id))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def publish(self, tenant_id: uuid.UUID) -> None:
        """Send what waits for the tenant's next frame."""
        with self._lock:
            pending = self._pending[tenant_id]
            drafts, count = list(pending.newest), pending.count
            pending.newest.clear()
            pending.count, pending.scheduled, pending.sent_at = 0, False, time.monotonic()
        try:
            if not await presence.anybody(tenant_id):
                pending.nobody_until = time.monotonic() + NOBODY_FOR
                return
            message = {"type": "live.events", "frame": frame(drafts, count), "count": count}
            await get_channel_layer().group_send(presence.group(tenant_id), message)
        except Exception as error:
            log.warning("The live stream could not be fed: %s", type(error).__name__)


publisher = Publisher()
_tasks: set[asyncio.Future[None]] = set()


def listen() -> None:
    """Feed the live stream from now on, whatever door the events come through."""
    on_stored(publisher.stored)


def frame(drafts: list[Draft], count: int) -> str:
    """`count`: events stored, of which `drafts` are shown."""
    events = [row(draft) for draft in drafts]
    return encode({"type": "events", "events": events, "count": count, "sampled": count > len(events)}).decode()


def row(draft: Draft) -> dict[str, Any]:
    """An event as `GET /events` names its fields; long texts are cut."""
    large = len(draft.properties_json) > LARGE_PROPERTIES
    return {
        "id": draft.id,
        "seq": draft.seq,
        "event_id": draft.event_id,
        "event_name": draft.event_name,
        "event_category": draft.event_category,
        "user_id": draft.user_uuid,
        "distinct_id": draft.distinct_id,
        "device_id": draft.device_id,
        "session_id": draft.session_id,
        "correlation_id": draft.correlation_id,
        "properties": {} if large else msgspec.Raw(draft.properties_json.encode()),
        "properties_left_out": large,
        "timestamp": draft.timestamp,
        "page_url": _short(draft.page_url),
        "referrer": _short(draft.referrer),
        "user_agent": _short(draft.user_agent),
        "device_info": draft.device_info,
    }


def _short(text: str | None) -> str | None:
    return text[:LONG_TEXT] if text else text


def _loop_in_thread() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    started = threading.Event()
    loop.call_soon(started.set)
    threading.Thread(target=loop.run_forever, name="live", daemon=True).start()
    started.wait(5)
    return loop
