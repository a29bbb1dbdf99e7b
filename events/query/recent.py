"""The newest rows by `seq`. Those above the watermark are the tail's; the others have an index in PostgreSQL.

A segment is sorted by actor: its newest rows lie anywhere, and to find twenty of them all would be read. A row
at or below the watermark is committed for good, so PostgreSQL's rows up to there are the segments' own.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from events.models import Event
from events.query.asking import Asking
from events.query.spans import rfc3339
from tenants.scope import tenant_scope

FIELDS = ("event_id", "event_name", "timestamp", "distinct_id", "user_id", "page_url", "seq")
COLUMNS = "event_id, event_name, ts, distinct_id, user_id::VARCHAR, page_url, seq"


def recent(asking: Asking, count: int) -> list[dict[str, Any]]:
    """`count` rows at most, each with FIELDS; the question's filters hold."""
    if asking.filters:
        return _of(asking, f"({asking.events(None, None)})", count)
    found = _of(asking, "tail", count)
    state = asking.relation.snapshot
    there = sum(file.rows for file in state.files)
    wanted = min(count - len(found), there)
    older = _stored(asking, wanted) if wanted else []
    if len(older) < wanted:  # they left PostgreSQL: only the segments still have them
        return _of(asking, asking.relation.source(), count)
    return found + older


def _of(asking: Asking, source: str, count: int) -> list[dict[str, Any]]:
    """First which they are, then what stands in them."""
    newest = [row[0] for row in asking.rows(f"SELECT seq FROM {source} ORDER BY seq DESC LIMIT {count}")]
    if not newest:
        return []
    rows = asking.rows(f"SELECT {COLUMNS} FROM {source} WHERE seq >= {asking.binds.add(newest[-1])} ORDER BY seq DESC")
    return [_row(row) for row in rows]


def _stored(asking: Asking, count: int) -> list[dict[str, Any]]:
    with tenant_scope(asking.tenant.id):
        rows = Event.objects.filter(tenant_id=asking.tenant.id, seq__lte=asking.relation.snapshot.watermark)
        return [_row(row) for row in rows.order_by("-seq").values_list(*FIELDS)[:count]]


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    found = dict(zip(FIELDS, row, strict=True))
    moment = found["timestamp"] if found["timestamp"].tzinfo else found["timestamp"].replace(tzinfo=UTC)
    return {**found, "timestamp": rfc3339(moment), "user_id": found["user_id"] and str(found["user_id"])}
