"""`/ws/analytics`: a stream of events in, acks out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError

from events import metrics
from events.ingest import Envelope, Receipt, ingest
from events.ws import admission, frames, watch
from events.ws.base import LARGE, Lean, address_of, headers_of, in_thread, query_of
from events.ws.registry import Connection, registry
from obc_analytics.errors import BadRequest, ObcError, Overloaded, OverQuota
from tenants.auth import KeyHolder

IN_FLIGHT = 64  # frames with events that wait for their ack; above it the socket is not read
BAD_IN_A_ROW = 10
MAX_FRAME = 2**20  # bytes, held by the edge
BAD_FRAMES, TRY_LATER, GOING_DOWN, SILENT = 4400, 1013, 1012, 4408
CLOSE_CODES = {400: 4400, 401: 4401, 403: 4403, 404: 4404}

encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


class IngestConsumer(Lean, AsyncWebsocketConsumer):
    open: ClassVar[set[IngestConsumer]] = set()  # admitted and not yet gone, for events/ws/watch.py

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connection | None = None  # None: not admitted
        self.holder: KeyHolder
        self.key = ""
        self.closing = False  # a close frame was sent, or will be after the last ack
        self.bad = 0
        self.in_flight = 0
        self._receipts: deque[Receipt] = deque()
        self._acking: asyncio.Task[None] | None = None
        self._acked = asyncio.Event()

    async def dispatch(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.receive":
                await self._received(message.get("text"))
            case "websocket.connect":
                await self._connected()
            case "websocket.disconnect":
                raise StopConsumer

    def gone(self) -> None:
        self.closing = True
        self.open.discard(self)
        if self.connection:
            registry.remove(self.connection)

    # --- admission ------------------------------------------------------------------------------------

    async def _connected(self) -> None:
        """Accept, then close when it may not be: a refusal before that is a bare HTTP 403."""
        try:
            connection = await self._admit()
            registry.add(connection)
        except ObcError as error:
            metrics.REFUSED.labels(error.code).inc()
            await self.accept()
            await self._close(CLOSE_CODES.get(error.status, TRY_LATER), error.message)
            return
        self.connection = connection
        self.open.add(self)
        watch.start()
        await self.accept()
        await self._tell(
            type="welcome",
            connection_id=connection.connection_id,
            server_time=_now(),
            heartbeat_s=settings.INGEST["HEARTBEAT_S"],
            max_batch=settings.INGEST["MAX_EVENTS"],
            max_frame=MAX_FRAME,
        )

    async def _admit(self) -> Connection:
        self.headers = headers_of(self.scope)
        query = query_of(self.scope)
        self.key = admission.key_from(self.headers, query)
        try:
            self.holder = await admission.holder_of(self.key)
        except DatabaseError as error:
            log.warning("The database does not answer: %s", error)
            raise Overloaded(retry_after=2) from error
        admission.admit(self.holder, [query.get("tenant_id")], self.headers.get("origin"))
        user_id = query.get("user_id", "")[: frames.MAX_USER] or None
        return Connection(self.holder.tenant.id, user_id, address_of(self.scope))

    # --- frames in ------------------------------------------------------------------------------------

    async def _received(self, text: str | None) -> None:
        if self.closing or self.connection is None:
            return
        self.connection.last_seen = time.time()
        try:
            if text is None:
                raise BadRequest("A frame is JSON in a text frame, in UTF-8.")
            await self._obey(frames.read(text), text)
            self.bad = 0
        except BadRequest as error:
            await self._complain(error)
            self.bad += 1
            if self.bad >= BAD_IN_A_ROW:
                await self._close(BAD_FRAMES, "Ten malformed frames in a row.")
        except ObcError as error:
            await self._complain(error)
        except Exception:
            log.exception("A frame could not be handled")
            await self._complain(ObcError())

    async def _obey(self, frame: frames.Frame, text: str) -> None:
        match frame.type:
            case "event" | "batch":
                await self._take(frame, text)
            case "heartbeat":
                await self._tell(type="heartbeat", t=frames.echo_of(frame), server_time=_now())
            case "identify":
                assert self.connection is not None
                self.connection.user_id = frames.user_of(frame)
                registry.changed(self.connection)
            case _:
                raise BadRequest("Frames are of type event, batch, heartbeat or identify.")

    async def _take(self, frame: frames.Frame, text: str) -> None:
        large = len(text) > LARGE
        envelope = await in_thread(frames.events_of, frame, text) if large else frames.events_of(frame, text)
        admission.admit(self.holder, [envelope.tenant_id], self.headers.get("origin"))
        while self.in_flight >= IN_FLIGHT:
            self._acked.clear()
            await self._acked.wait()
        try:
            future = await in_thread(self._ingest, envelope) if large else self._ingest(envelope)
        except (OverQuota, Overloaded) as error:
            await self._slow_down(error.retry_after or 1, error.code, error.message, envelope.batch_id)
            return
        self.in_flight += 1
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self._stored, done))

    def _ingest(self, envelope: Envelope) -> Future[Receipt]:
        return ingest(envelope, admission.sender(self.holder, "ws", self.headers, address_of(self.scope)))

    # --- frames out -----------------------------------------------------------------------------------

    def _stored(self, done: Future[Receipt]) -> None:
        self._receipts.append(done.result())
        if self._acking is None or self._acking.done():
            self._acking = asyncio.create_task(self._send_acks())

    async def _send_acks(self) -> None:
        while self._receipts:
            try:
                await self._ack(self._receipts.popleft())
            except Exception:
                log.exception("An ack could not be sent")
            self.in_flight -= 1
            self._acked.set()

    async def _ack(self, receipt: Receipt) -> None:
        if self.connection is not None:
            self.connection.events += len(receipt.stored)
        await self._tell(type="ack", **receipt.as_dict())
        if receipt.retry_after is not None:
            await self._slow_down(receipt.retry_after, "overloaded", "Some events were not stored.", receipt.batch_id)

    async def _slow_down(self, seconds: int, code: str, message: str, batch_id: Any) -> None:
        batch_id = batch_id if type(batch_id) is str else None
        await self._tell(type="slow_down", retry_after_s=seconds, code=code, message=message, batch_id=batch_id)

    async def _complain(self, error: ObcError) -> None:
        metrics.REFUSED.labels(error.code).inc()
        await self._tell(type="error", code=error.code, message=error.message)

    async def _tell(self, **frame: Any) -> None:
        await self.base_send({"type": "websocket.send", "text": encode(frame).decode()})

    # --- the end --------------------------------------------------------------------------------------

    async def _close(self, code: int, reason: str) -> None:
        self.closing = True
        await self.base_send({"type": "websocket.close", "code": code, "reason": reason})

    async def hang_up(self, code: int, reason: str) -> None:
        """Take no more frames, send the acks that are due, close."""
        self.closing = True
        while self.in_flight:
            self._acked.clear()
            await self._acked.wait()
        await self._close(code, reason)


def _now() -> datetime:
    return datetime.now(UTC)
