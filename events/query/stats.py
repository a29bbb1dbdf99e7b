"""Totals over a range.

`stats(tenant, since, until, timezone)` returns::

    {"since": "…Z" | None, "until": "…Z" | None, "timezone": "Europe/Berlin",
     "total_events": 1200, "unique_users": 40, "identified_users": 31, "unique_devices": 52, "sessions": 90,
     "events_by_name":     [{"name": "page_view", "count": 900, "users": 40}, …],       # most frequent first
     "events_by_category": [{"category": "navigation", "count": 900, "users": 40}, …],  # category None: none given
     "events_by_day":      [{"day": "2026-11-17", "events": 120, "users": 14}, …],      # each local day of the range
     "as_of_seq": 8812}

The range is half-open by the events' `timestamp`; a bound that is None is open. `unique_users` are distinct actors
(`distinct_id`), `identified_users` distinct `user_id`s. Names and categories: the 1,000 most frequent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from events.query.reading import Snapshot, snapshot, sql
from events.query.spans import day_edges, rfc3339, zone_of
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

SECONDS = 10.0
TOP = 1_000
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

BOUNDS = """
SELECT min(timestamp) AS first, max(timestamp) AS last FROM analytics_events
WHERE tenant_id = %(tenant_id)s AND timestamp >= %(since)s AND timestamp < %(until)s
"""


def stats(
    tenant: TenantConfig, since: datetime | None = None, until: datetime | None = None, timezone: str | None = None
) -> dict[str, Any]:
    """See the module. Raises BadRequest naming the bad parameter, TooSlow past SECONDS."""
    zone = zone_of(timezone or tenant.timezone)
    if since and until and until < since:
        raise BadRequest("until: it lies before since.", parameter="until")
    with snapshot(tenant.id, SECONDS, "since") as rows:
        answer: dict[str, Any] = {
            "since": since and rfc3339(since),
            "until": until and rfc3339(until),
            "timezone": zone.key,
            "total_events": 0,
            "unique_users": 0,
            **dict.fromkeys(("identified_users", "unique_devices", "sessions"), 0),
            "events_by_name": [],
            "events_by_category": [],
            "events_by_day": [],
            "as_of_seq": rows.as_of_seq(),
        }
        values = {"since": since or BEGINNING, "until": until or END}
        bounds = rows.row(BOUNDS, **values)
        if bounds["first"] is None:
            return answer
        first, last = (bounds[name].astimezone(zone).date() for name in ("first", "last"))
        return {**answer, **_totals(rows, values, day_edges(first, last, zone), zone)}


def _totals(rows: Snapshot, values: dict[str, Any], edges: list[datetime], zone: Any) -> dict[str, Any]:
    distinct = rows.row(sql("distinct"), **values)
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ("total", "name", "category", "day")}
    for row in rows.rows(sql("stats"), edges=edges, top=TOP, **values):
        kinds[row["kind"]].append(row)
    days = {row["day"]: row for row in kinds["day"]}
    return {
        "total_events": kinds["total"][0]["events"],
        "unique_users": kinds["total"][0]["users"],
        "identified_users": distinct["users"],
        "unique_devices": distinct["devices"],
        "sessions": distinct["sessions"],
        "events_by_name": [_line("name", row) for row in kinds["name"]],
        "events_by_category": [_line("category", row) for row in kinds["category"]],
        "events_by_day": [
            {
                "day": edges[number - 1].astimezone(zone).date().isoformat(),
                "events": days[number]["events"] if number in days else 0,
                "users": days[number]["users"] if number in days else 0,
            }
            for number in range(1, len(edges))
        ],
    }


def _line(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return {kind: row["name"], "count": row["events"], "users": row["users"]}
