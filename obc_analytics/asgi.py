"""The ASGI application: the doors for events, then Django for everything else.

Composes the layers, so this and routing.py are the places where obc_analytics imports upward.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obc_analytics.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()  # sets Django up: before anything that imports models

from channels.routing import ProtocolTypeRouter  # noqa: E402

from events import cors  # noqa: E402
from events.ws import leaving, publisher  # noqa: E402
from obc_analytics import edge, routing  # noqa: E402
from obc_analytics.edge_hooks import MIB, hooks  # noqa: E402


def body_limit(path: str) -> int:
    """Bytes on the wire: what a write door takes, compressed or not, and a little for what stands around it."""
    return 5 * MIB + MIB // 4 if routing.is_write_door(path) else 10 * MIB


def error_headers(path: str, origin: str | None) -> list[tuple[bytes, bytes]]:
    return cors.raw(cors.headers(origin)) if routing.is_write_door(path) else []


hooks.body_limit = body_limit
hooks.error_headers = error_headers
hooks.leaving = [leaving.finish_sockets]
hooks.stopping = [leaving.finish_writer]
publisher.listen()
edge.install()

application = ProtocolTypeRouter({"http": routing.http(django_application), "websocket": routing.websocket})
