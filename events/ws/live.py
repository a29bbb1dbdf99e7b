"""`/ws/live`: a tenant's stored events as they are committed, for its signed-in people."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.http import HttpRequest

from events.ws import presence
from events.ws.base import Lean, headers_of, query_of
from events.ws.publisher import publisher
from obc_analytics.errors import BadRequest, Forbidden, NotFound, ObcError, Overloaded, Unauthorized
from tenants.access import member_tenant_by_id, memberships
from tenants.auth import TenantConfig

BUFFERED = 20  # frames that wait for a slow reader; of older ones only their count is told
ASK_AGAIN = 60.0  # seconds until session and membership are looked at again
TRY_LATER = 1013
CLOSE_CODES = {400: 4400, 401: 4401, 403: 4403, 404: 4404}

log = logging.getLogger(__name__)


class LiveConsumer(Lean, AsyncWebsocketConsumer):
    open: ClassVar[set[LiveConsumer]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.tenant: TenantConfig | None = None
        self._frames: deque[dict[str, Any]] = deque()
        self._missed = 0  # events of the frames a slow reader does not get
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def dispatch(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.connect":
                await self._connected()
            case "websocket.disconnect":
                raise StopConsumer

    def gone(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.open.discard(self)
        if self.tenant:
            presence.leave(self.tenant.id)
            self.tenant = None

    async def _connected(self) -> None:
        try:
            self.headers, self.query = headers_of(self.scope), query_of(self.scope)
            check_origin(self.headers, self.scope)
            tenant = await asyncio.to_thread(self._authorised)
            await self._subscribe(tenant)
        except ObcError as error:
            await self.accept()
            await self.close(CLOSE_CODES.get(error.status, TRY_LATER), error.message)
            return
        self.open.add(self)
        await self.accept()
        self._tasks += [asyncio.create_task(self._forward()), asyncio.create_task(self._ask_again())]

    def _authorised(self) -> TenantConfig:
        """In a thread. Raises Unauthorized, NotFound, BadRequest, Overloaded."""
        try:
            return tenant_of(self.headers.get("cookie", ""), self.query.get("tenant_id", ""))
        except DatabaseError as error:
            log.warning("The database does not answer: %s", error)
            raise Overloaded(retry_after=2) from error
        finally:
            close_old_connections()

    async def _subscribe(self, tenant: TenantConfig) -> None:
        """Before the socket is accepted, so that it misses nothing that comes after."""
        layer = get_channel_layer()
        try:
            channel = await layer.new_channel()
            await layer.group_add(presence.group(tenant.id), channel)
            await presence.renew(tenant.id)
        except Exception as error:
            log.warning("The channel layer does not answer: %s", type(error).__name__)
            raise Overloaded(retry_after=5) from error
        self.tenant = tenant
        presence.join(tenant.id)
        publisher.use(asyncio.get_running_loop())
        self._tasks.append(asyncio.create_task(self._listen(layer, channel, presence.group(tenant.id))))

    async def _listen(self, layer: Any, channel: str, group: str) -> None:
        try:
            while True:
                self._buffer(await layer.receive(channel))
        finally:
            await layer.group_discard(group, channel)

    def _buffer(self, message: dict[str, Any]) -> None:
        if len(self._frames) >= BUFFERED:
            self._missed += self._frames.popleft()["count"]
        self._frames.append(message)
        self._arrived.set()

    async def _forward(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._frames:
                await self.send(self._frames.popleft()["frame"])
                if self._missed:
                    missed, self._missed = self._missed, 0
                    only_count = {"type": "events", "events": [], "count": missed, "sampled": True}
                    await self.send(msgspec.json.encode(only_count).decode())

    async def _ask_again(self) -> None:
        """Who signed out, or is no member any more, sees no more events."""
        waited = 0.0
        while True:
            await asyncio.sleep(presence.RENEW_SECONDS)
            waited += presence.RENEW_SECONDS
            try:
                if self.tenant:
                    await presence.renew(self.tenant.id)
                if waited >= ASK_AGAIN:
                    waited = 0.0
                    await asyncio.to_thread(self._authorised)
            except Overloaded:
                continue
            except ObcError as error:
                await self.close(CLOSE_CODES.get(error.status, TRY_LATER), error.message)
                return
            except Exception as error:
                log.warning("Who looks at the live stream could not be shared: %s", type(error).__name__)


def check_origin(headers: dict[str, str], scope: dict[str, Any]) -> None:
    """Raises Forbidden for a page of another site, whose socket would carry this site's cookies.

    Clients that are no browser send no Origin, and have no cookie that they were not given.
    """
    origin = headers.get("origin")
    if origin is None:
        return
    if origin.lower() in (trusted.lower().rstrip("/") for trusted in settings.CSRF_TRUSTED_ORIGINS):
        return
    parts = urlsplit(origin.lower())
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.netloc != headers.get("host", "").lower():
        raise Forbidden("This socket is for the pages of this server.")


def tenant_of(cookies: str, tenant_id: str) -> TenantConfig:
    """The tenant that the session's person may see. Raises Unauthorized, NotFound, BadRequest."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(_session_key(cookies))
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        raise Unauthorized("Sign in first.")
    if tenant_id:
        return member_tenant_by_id(user, tenant_id)[0]
    mine = memberships(user)
    if not mine:
        raise NotFound
    if len(mine) > 1:
        raise BadRequest("Name one of your tenants: ?tenant_id=")
    return mine[0][0]


def _session_key(cookies: str) -> str | None:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel else None
