"""`POST /batch` and `POST /events` before Django's handler, whose middleware costs a thread hop each."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from typing import Any

import msgspec
from channels.exceptions import StopConsumer
from channels.generic.http import AsyncHttpConsumer
from django.db import Error as DatabaseError

from events import cors, metrics
from events.ingest import Envelope, Receipt, decode_batch, decode_body, decode_single, ingest
from events.ingest.decode import GZIP
from events.ws import admission
from events.ws.base import LARGE, Lean, address_of, headers_of, in_thread, query_of
from obc_analytics.errors import MethodNotAllowed, ObcError, Overloaded
from tenants.auth import KeyHolder

encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


class WriteDoor(Lean, AsyncHttpConsumer):
    """`single`: the body is one event. `allow`: methods of the path, for 405."""

    def __init__(self, *, single: bool, allow: str) -> None:
        super().__init__()
        self.single = single
        self.allow = allow

    async def dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] != "http.request":
            raise StopConsumer
        await self.http_request(message)

    async def handle(self, body: bytes) -> None:
        self.headers = headers_of(self.scope)
        origin = self.headers.get("origin")
        if self.scope["method"] == "OPTIONS":
            await self._answer(204, b"", cors.preflight_headers(origin))
            return
        try:
            status, answer, more = await self._take(body)
        except ObcError as error:
            metrics.REFUSED.labels(error.code).inc()
            status, answer, more = error.status, error.as_dict(), error.headers()
            if error.status == 405:
                more["Allow"] = self.allow
        await self._answer(status, encode(answer), {**cors.headers(origin), **more})

    async def _take(self, body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, answer and headers. Raises ObcError."""
        if self.scope["method"] != "POST":
            raise MethodNotAllowed
        try:
            receipt = await self._store(body)
        except DatabaseError as error:  # nobody can say whose key it is
            log.warning("The database does not answer: %s", error)
            raise Overloaded(retry_after=2) from error
        except ObcError:
            raise
        except Exception as error:
            log.exception("A request for events failed")
            raise ObcError from error
        more = {} if receipt.retry_after is None else {"Retry-After": str(receipt.retry_after)}
        if self.single:
            return *receipt.single(), more
        return 200, receipt.as_dict(), more

    async def _store(self, body: bytes) -> Receipt:
        query = query_of(self.scope)
        key = admission.key_outside(self.headers, query)
        holder = await admission.holder_of(key) if key is not None else None
        large = len(body) > LARGE or body[:2] == GZIP
        envelope = await in_thread(self._read, body) if large else self._read(body)
        if holder is None:
            holder = await admission.holder_of(admission.key_from(self.headers, query, envelope.api_key))
        admission.admit(holder, (query.get("tenant_id"), envelope.tenant_id), self.headers.get("origin"))
        future = await in_thread(self._ingest, envelope, holder) if large else self._ingest(envelope, holder)
        # shielded: a client that goes away must not cancel what the writer holds
        return await asyncio.shield(asyncio.wrap_future(future))

    def _read(self, body: bytes) -> Envelope:
        plain = decode_body(body, self.headers.get("content-encoding", ""))
        return decode_single(plain) if self.single else decode_batch(plain)

    def _ingest(self, envelope: Envelope, holder: KeyHolder) -> Future[Receipt]:
        return ingest(envelope, admission.sender(holder, "http", self.headers, address_of(self.scope)))

    async def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if body:
            headers["Content-Type"] = "application/json"
        if status != 204:
            headers["Content-Length"] = str(len(body))
        await self.send_response(status, body, headers=cors.raw(headers))
