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
Row = dict[str, Any]


def recent(asking: Asking, count: int) -> list[Row]:
    """`count` rows at most, each with FIELDS; the question's filters hold."""
    if asking.filters:
        return _filtered(asking, count)
    found = _tail(asking, "true", f"LIMIT {count}")
    wanted = min(count - len(found), sum(file.rows for file in asking.relation.snapshot.files))
    older = _stored(asking, wanted) if wanted else []
    if len(older) < wanted:  # they left PostgreSQL: only the segments still have them
        return _of(asking, asking.relation.source(), _newest(asking, asking.relation.source(), count))
    return found + older


def _filtered(asking: Asking, count: int) -> list[Row]:
    """Which they are, the relation says: what stands in them would have to be looked for in every file."""
    source = f"({asking.events(None, None)})"
    newest = _newest(asking, source, count)
    found = _tail(asking, f"list_contains({asking.binds.add(newest)}, seq)")
    found += _stored(asking, count, seq__in=newest)
    return found if len(found) == len(newest) else _of(asking, source, newest)


def _newest(asking: Asking, source: str, count: int) -> list[int]:
    return [row[0] for row in asking.rows(f"SELECT seq FROM {source} ORDER BY seq DESC LIMIT {count}")]


def _of(asking: Asking, source: str, newest: list[int]) -> list[Row]:
    if not newest:
        return []
    rows = asking.rows(f"SELECT {COLUMNS} FROM {source} WHERE seq >= {asking.binds.add(newest[-1])} ORDER BY seq DESC")
    return [_row(row) for row in rows]


def _tail(asking: Asking, where: str, limit: str = "") -> list[Row]:
    return [_row(row) for row in asking.rows(f"SELECT {COLUMNS} FROM tail WHERE {where} ORDER BY seq DESC {limit}")]


def _stored(asking: Asking, count: int, **narrowed: Any) -> list[Row]:
    with tenant_scope(asking.tenant.id):
        rows = Event.objects.filter(tenant_id=asking.tenant.id, seq__lte=asking.relation.snapshot.watermark, **narrowed)
        return [_row(row) for row in rows.order_by("-seq").values_list(*FIELDS)[:count]]


def _row(row: tuple[Any, ...]) -> Row:
    found = dict(zip(FIELDS, row, strict=True))
    moment = found["timestamp"] if found["timestamp"].tzinfo else found["timestamp"].replace(tzinfo=UTC)
    return {**found, "timestamp": rfc3339(moment), "user_id": found["user_id"] and str(found["user_id"])}
