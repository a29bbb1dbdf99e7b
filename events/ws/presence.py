"""Whether anybody looks at a tenant's live stream: here, or with Redis in another process."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import asyncio as aioredis

RENEW_SECONDS = 5.0
EXPIRE_SECONDS = 15

here: Counter[uuid.UUID] = Counter()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, aioredis.Redis] = WeakKeyDictionary()


def group(tenant_id: uuid.UUID) -> str:
    """The channel group of a tenant's live stream."""
    return f"live.{tenant_id.hex}"


def join(tenant_id: uuid.UUID) -> None:
    here[tenant_id] += 1


def leave(tenant_id: uuid.UUID) -> None:
    here[tenant_id] -= 1
    if here[tenant_id] <= 0:
        del here[tenant_id]


async def renew(tenant_id: uuid.UUID) -> None:
    """Tell the other processes that somebody looks. Call it every RENEW_SECONDS."""
    if settings.REDIS_URL:
        await _client().set(_key(tenant_id), 1, ex=EXPIRE_SECONDS)


async def anybody(tenant_id: uuid.UUID) -> bool:
    if here[tenant_id]:
        return True
    return bool(settings.REDIS_URL and await _client().exists(_key(tenant_id)))


def _key(tenant_id: uuid.UUID) -> str:
    return f"obc:live:{tenant_id}"


def _client() -> aioredis.Redis:
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = aioredis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    return _clients[loop]
