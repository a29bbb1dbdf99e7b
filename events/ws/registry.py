"""Who is connected: the sockets of this process, and with Redis those of all (events/ws/shared.py)."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from obc_analytics.errors import Overloaded

LISTED = 1_000  # connections an answer lists; `total` and `by_user` count all of them


@dataclass(slots=True, eq=False)
class Connection:
    """One socket of `/ws/analytics`. Times are seconds since 1970."""

    tenant_id: uuid.UUID
    user_id: str | None = None
    ip: str | None = None
    connection_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    connected_at: float = field(default_factory=time.time)
    last_seen: float = field(default_factory=time.time)
    events: int = 0

    def as_row(self) -> list[Any]:
        """What other processes are told."""
        return [self.connection_id, self.user_id, self.connected_at, self.last_seen, self.events, self.ip]


class Registry:
    def __init__(self) -> None:
        self._tenants: dict[uuid.UUID, dict[str, Connection]] = {}
        self.on_change: Callable[[uuid.UUID], None] = lambda tenant_id: None

    def add(self, connection: Connection) -> None:
        """Raises Overloaded when the tenant has as many as one process takes."""
        own = self._tenants.setdefault(connection.tenant_id, {})
        if len(own) >= settings.INGEST["MAX_CONNECTIONS"]:
            raise Overloaded("This tenant has too many connections here.", retry_after=30)
        own[connection.connection_id] = connection
        self.on_change(connection.tenant_id)

    def remove(self, connection: Connection) -> None:
        own = self._tenants.get(connection.tenant_id, {})
        if own.pop(connection.connection_id, None) is None:
            return
        if not own:
            self._tenants.pop(connection.tenant_id, None)
        self.on_change(connection.tenant_id)

    def changed(self, connection: Connection) -> None:
        self.on_change(connection.tenant_id)

    def tenants(self) -> list[uuid.UUID]:
        return list(self._tenants)

    def rows(self, tenant_id: uuid.UUID) -> list[list[Any]]:
        """Rows of this process's connections; callable from any thread."""
        return [connection.as_row() for connection in list(self._tenants.get(tenant_id, {}).values())]


registry = Registry()


def snapshot(tenant_id: uuid.UUID) -> dict[str, Any]:
    """The answer of `GET /connections`. For threads; with Redis it asks the other processes' entries."""
    from events.ws import shared

    return _answer(registry.rows(tenant_id) + shared.rows_elsewhere(tenant_id))


async def asnapshot(tenant_id: uuid.UUID) -> dict[str, Any]:
    """`snapshot` for the event loop."""
    from events.ws import shared

    return _answer(registry.rows(tenant_id) + await shared.arows_elsewhere(tenant_id))


def _answer(rows: list[list[Any]]) -> dict[str, Any]:
    rows.sort(key=lambda row: row[2], reverse=True)
    users = Counter(row[1] for row in rows)
    events: Counter[str | None] = Counter()
    for row in rows:
        events[row[1]] += row[4]
    return {
        "total": len(rows),
        "by_user": [
            {"user_id": user, "connections": count, "events": events[user]} for user, count in users.most_common(LISTED)
        ],
        "connections": [_listed(row) for row in rows[:LISTED]],
    }


def _listed(row: list[Any]) -> dict[str, Any]:
    connection_id, user_id, connected_at, last_seen, events, ip = row
    return {
        "connection_id": connection_id,
        "user_id": user_id,
        "connected_at": _time(connected_at),
        "last_seen": _time(last_seen),
        "events": events,
        "ip": ip,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
