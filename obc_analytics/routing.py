"""Which requests the doors for events take before Django, and which sockets there are."""

from __future__ import annotations

from typing import Any

from events.ws.http import WriteDoor
from events.ws.ingest import IngestConsumer
from events.ws.live import LiveConsumer
from events.ws.nowhere import NowhereConsumer
from obc_analytics import waiting
from obc_analytics.waiting import Application

BATCH = "/api/v1/analytics/batch"
EVENTS = "/api/v1/analytics/events"  # GET reads rows, and is Django's

batch_door = WriteDoor.as_asgi(single=False, allow="POST, OPTIONS")
single_door = WriteDoor.as_asgi(single=True, allow="GET, HEAD, POST, OPTIONS")

SOCKETS: dict[str, Application] = {
    "/ws/analytics": IngestConsumer.as_asgi(),
    "/ws/live": LiveConsumer.as_asgi(),
}
nowhere = NowhereConsumer.as_asgi()


def plain(path: str) -> str:
    """With and without its trailing slash a path is the same."""
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def is_write_door(path: str) -> bool:
    return plain(path) in (BATCH, EVENTS)


def http(django: Application) -> Application:
    pages = waiting.listening(django)

    async def route(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = plain(scope["path"])
        if path == BATCH:
            await batch_door(scope, receive, send)
        elif path == EVENTS and scope["method"] not in ("GET", "HEAD"):
            await single_door(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return route


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await SOCKETS.get(plain(scope["path"]), nowhere)(scope, receive, send)
