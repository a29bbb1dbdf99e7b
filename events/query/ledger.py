"""The ledger: what became of every event received, and the clients' own counters beside it.

`ledger(tenant, since, until, by)` returns, for `by` "minute", "hour" or "day" (local to `timezone`)::

    {"by": "hour", "timezone": "UTC", "since": "…Z", "until": "…Z",
     "totals": {"received": 1203, "ok": 1200, "duplicate": 1, "dropped": 1, "quarantined": 1},
     "lines": [{"at": "2026-11-23T10:00:00Z", "outcome": "dropped", "reason": "bot", "door": "http",
                "key_id": "…" | None, "count": 1}, …],                        # oldest first
     "series":  [{"at": "…Z", "received": 12, "ok": 12, "duplicate": 0, "dropped": 0, "quarantined": 0}, …],
     "reasons": [{"outcome": "dropped", "reason": "bot", "count": 1}, …],     # most frequent first
     "doors":   [{"door": "http", "received", "ok", "duplicate", "dropped", "quarantined"}, …],
     "keys":    [{"key_id", "name", "prefix", "received", "ok", …}, …],       # key_id None: no key (import, replay)
     "clients": {"documents": 2, "tracked": 1300, "acked": 1200, "dropped": {"storage_full": 3},
                 "newest": [{"document_id", "tracked", "acked", "dropped", "first_seen", "last_seen"}, …]}}   # 20

received = ok + duplicate + dropped + quarantined. A stored event with a warning is `ok` with the warning as its
reason. Time is that of receipt, in whole minutes. `series` has every bucket, empty ones too.
"""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timezone import now as wall_clock

from events.models import NO_KEY, Outcome
from events.query.reading import Snapshot, snapshot, sql
from events.query.spans import day_edges, rfc3339, zone_of
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig
from tenants.models import ApiKey
from tenants.scope import operator_scope

SECONDS = 5.0
MAX_BUCKETS = 3_000
NEWEST = 20
MINUTE = timedelta(minutes=1)
STEPS = {"minute": MINUTE, "hour": timedelta(hours=1), "day": timedelta(days=1)}
LOOK_BACK = {"minute": timedelta(hours=2), "hour": timedelta(hours=48), "day": timedelta(days=30)}
OUTCOMES = tuple(Outcome.values)

Line = dict[str, Any]


def ledger(
    tenant: TenantConfig,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "hour",
    timezone: str | None = None,
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """See the module. Without bounds: the last two hours, 48 hours or 30 days, to the end of this minute.

    Raises BadRequest naming the bad parameter, TooSlow past SECONDS.
    """
    edges = bucket_edges(since, until, by, timezone or tenant.timezone, now or wall_clock())
    bounds = {"since": edges[0], "until": edges[-1]}
    with snapshot(tenant.id, SECONDS, "since") as rows:
        lines = rows.rows(sql("ledger"), edges=edges, **bounds)
        clients = _clients(rows, bounds)
    names = _key_names(tenant.id)
    return {
        "by": by,
        "timezone": zone_of(timezone or tenant.timezone).key,
        "since": rfc3339(edges[0]),
        "until": rfc3339(edges[-1]),
        "totals": _sums(lines),
        "lines": [_line(line, edges) for line in lines],
        "series": _series(lines, edges),
        "reasons": _reasons(lines),
        "doors": [{"door": door, **_sums(part)} for door, part in _grouped(lines, "door")],
        "keys": [_key(key_id, names, part) for key_id, part in _grouped(lines, "key_id")],
        "clients": clients,
    }


def bucket_edges(
    since: datetime | None, until: datetime | None, by: str, timezone: str, now: datetime
) -> list[datetime]:
    """Edges of whole minutes, hours or local days; the first and the last are the bounds asked for."""
    if by not in STEPS:
        raise BadRequest(f"by: {by[:40]!r} is not known; allowed are {', '.join(STEPS)}.", parameter="by")
    zone = zone_of(timezone)
    end = _next_minute(until or now)
    start = _minute(since or end - LOOK_BACK[by])
    if start >= end:
        raise BadRequest("since: it must lie before until.", parameter="since")
    if (end - start) / STEPS[by] > MAX_BUCKETS:
        raise BadRequest(
            f"since: more than {MAX_BUCKETS:,} {by}s; bring it nearer or use a larger by.", parameter="since"
        )
    if by == "day":
        inner = day_edges(start.astimezone(zone).date(), end.astimezone(zone).date(), zone)
    else:
        first = start.astimezone(zone).replace(minute=0).astimezone(UTC) if by == "hour" else start
        inner = [first + number * STEPS[by] for number in range(int((end - first) / STEPS[by]) + 1)]
    return [start, *[edge for edge in inner if start < edge < end], end]


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _next_minute(moment: datetime) -> datetime:
    floor = _minute(moment)
    return floor if floor == moment else floor + MINUTE


def _sums(lines: list[Line]) -> dict[str, int]:
    counts = {outcome: sum(line["count"] for line in lines if line["outcome"] == outcome) for outcome in OUTCOMES}
    return {"received": sum(line["count"] for line in lines), **counts}


def _line(line: Line, edges: list[datetime]) -> dict[str, Any]:
    return {
        "at": rfc3339(edges[line["bucket"] - 1]),
        **{name: line[name] for name in ("outcome", "reason", "door")},
        "key_id": _key_id(line["key_id"]),
        "count": line["count"],
    }


def _key_id(key_id: uuid.UUID) -> str | None:
    return None if key_id == NO_KEY else str(key_id)


def _series(lines: list[Line], edges: list[datetime]) -> list[dict[str, Any]]:
    by_bucket = dict(_grouped(lines, "bucket"))
    return [
        {"at": rfc3339(edge), **_sums(by_bucket.get(number, []))} for number, edge in enumerate(edges[:-1], start=1)
    ]


def _grouped(lines: list[Line], column: str) -> list[tuple[Any, list[Line]]]:
    groups: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line[column]].append(line)
    return sorted(groups.items())


def _reasons(lines: list[Line]) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        counts[line["outcome"], line["reason"]] += line["count"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"outcome": outcome, "reason": reason, "count": count} for (outcome, reason), count in ordered]


def _key(key_id: uuid.UUID, names: dict[uuid.UUID, tuple[str, str]], lines: list[Line]) -> dict[str, Any]:
    name, prefix = names.get(key_id, (None, None))
    return {"key_id": _key_id(key_id), "name": name, "prefix": prefix, **_sums(lines)}


def _key_names(tenant_id: uuid.UUID) -> dict[uuid.UUID, tuple[str, str]]:
    with operator_scope():
        keys = ApiKey.objects.filter(tenant_id=tenant_id).values_list("id", "name", "prefix")
        return {key_id: (name, prefix) for key_id, name, prefix in keys}


def _clients(rows: Snapshot, bounds: dict[str, Any]) -> dict[str, Any]:
    total, *dropped = sorted(rows.rows(sql("clients_total"), **bounds), key=lambda row: row["reason"] is not None)
    newest = rows.rows(sql("clients"), newest=NEWEST, **bounds)
    return {
        **{name: total[name] for name in ("documents", "tracked", "acked")},
        "dropped": {row["reason"]: row["dropped"] for row in dropped},
        "newest": [_client(row) for row in newest],
    }


def _client(row: dict[str, Any]) -> dict[str, Any]:
    """`dropped` comes as JSON text: connections of the query path leave jsonb undecoded."""
    dropped = json.loads(row["dropped"]) if isinstance(row["dropped"], str) else row["dropped"]
    seen = {name: rfc3339(row[name]) for name in ("first_seen", "last_seen")}
    return {**row, "dropped": dropped, **seen}
