"""The connections of all processes, through Redis.

Each process writes its rows of a tenant under a key of its own that expires, so those of a dead process
leave by themselves. Without REDIS_URL there is one process, and nothing here does anything.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
import uuid
from typing import Any

import msgspec
import redis
from django.conf import settings

from events.ws.registry import registry

RENEW_SECONDS = 5.0
EXPIRE_SECONDS = 20  # a dead process's connections are gone by then
SOON_SECONDS = 0.1  # changes within it are told together

process = uuid.uuid4().hex
log = logging.getLogger(__name__)


@functools.cache
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def index_key(tenant_id: uuid.UUID) -> str:
    return f"obc:sockets:{tenant_id}"


def rows_key(tenant_id: uuid.UUID, process: str) -> str:
    return f"obc:sockets:{tenant_id}:{process}"


def rows_elsewhere(tenant_id: uuid.UUID) -> list[list[Any]]:
    """Rows of the other processes; none when Redis does not answer."""
    if not settings.REDIS_URL:
        return []
    try:
        return _read(client(settings.REDIS_URL), tenant_id)
    except redis.RedisError:
        log.warning("Connections of other processes are unknown: Redis does not answer")
        return []


async def arows_elsewhere(tenant_id: uuid.UUID) -> list[list[Any]]:
    return await asyncio.to_thread(rows_elsewhere, tenant_id) if settings.REDIS_URL else []


def _read(connection: Any, tenant_id: uuid.UUID) -> list[list[Any]]:
    others = [name.decode() for name in connection.smembers(index_key(tenant_id)) if name.decode() != process]
    if not others:
        return []
    found = connection.mget([rows_key(tenant_id, other) for other in others])
    dead = [other for other, rows in zip(others, found, strict=True) if rows is None]
    if dead:
        connection.srem(index_key(tenant_id), *dead)
    return [row for rows in found if rows is not None for row in msgspec.json.decode(rows)]


class Teller:
    """Tells Redis what changed here, from a thread: soon after a change, and every RENEW_SECONDS."""

    def __init__(self) -> None:
        self._changed: set[uuid.UUID] = set()
        self._told: set[uuid.UUID] = set()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, tenant_id: uuid.UUID) -> None:
        if not settings.REDIS_URL:
            return
        with self._lock:
            self._changed.add(tenant_id)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="sockets", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            if self._wake.wait(RENEW_SECONDS):
                threading.Event().wait(SOON_SECONDS)
            self._wake.clear()
            try:
                self.tell(renew=True)
            except redis.RedisError:
                log.warning("Connections can't be shared: Redis does not answer")
                threading.Event().wait(RENEW_SECONDS)

    def tell(self, *, renew: bool) -> None:
        """Write the rows of the tenants that changed, and with `renew` of all that have some."""
        with self._lock:
            changed, self._changed = self._changed, set()
        for tenant_id in changed | (set(registry.tenants()) | self._told if renew else set()):
            self._write(tenant_id, registry.rows(tenant_id))

    def _write(self, tenant_id: uuid.UUID, rows: list[list[Any]]) -> None:
        pipeline = client(settings.REDIS_URL).pipeline()
        if rows:
            self._told.add(tenant_id)
            pipeline.set(rows_key(tenant_id, process), msgspec.json.encode(rows), ex=EXPIRE_SECONDS)
            pipeline.sadd(index_key(tenant_id), process)
            pipeline.expire(index_key(tenant_id), 60)
        else:
            self._told.discard(tenant_id)
            pipeline.delete(rows_key(tenant_id, process))
            pipeline.srem(index_key(tenant_id), process)
        pipeline.execute()

    def forget(self) -> None:
        """The process ends: its connections shall not stay for EXPIRE_SECONDS."""
        for tenant_id in list(self._told):
            self._write(tenant_id, [])


teller = Teller()
registry.on_change = teller.note
