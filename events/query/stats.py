"""Totals over a range.

`stats(tenant, since, until, timezone)` returns::

    {"since": "…Z" | None, "until": "…Z" | None, "timezone": "Europe/Berlin",
     "total_events": 1200, "unique_users": 40, "identified_users": 31, "unique_devices": 52, "sessions": 90,
     "events_by_name":     [{"name": "page_view", "count": 900, "users": 40}, …],       # most frequent first
     "events_by_category": [{"category": "navigation", "count": 900, "users": 40}, …],  # category None: none given
     "events_by_day":      [{"day": "2026-11-17", "events": 120, "users": 14}, …],      # each local day of the range
     "as_of_seq": 8812}

The range is half-open by the events' `timestamp`; a bound that is None is open. `unique_users` are distinct actors,
as identity links resolve them, `identified_users` distinct `user_id`s. Names and categories: the 1,000 most frequent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from events.query import rankings, touches
from events.query.asking import Asking
from events.query.run import answered
from events.query.spans import day_edges, rfc3339, zone_of
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

TOP = 1_000
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Stats(msgspec.Struct, frozen=True, tag_field="kind", tag="stats"):
    """Totals as a question; a bound that is None is open."""

    since: datetime | None
    until: datetime | None
    timezone: str


def stats(
    tenant: TenantConfig, since: datetime | None = None, until: datetime | None = None, timezone: str | None = None
) -> dict[str, Any]:
    """See the module. Raises BadRequest naming the bad parameter, and what run.answered raises."""
    zone = zone_of(timezone or tenant.timezone)
    if since and until and until < since:
        raise BadRequest("until: it lies before since.", parameter="until")
    found = answered(tenant, Stats(since, until, zone.key), answer)
    return {name: value for name, value in found.items() if name != "cached"}


def answer(asking: Asking, question: Stats) -> dict[str, Any]:
    """The builder; without `as_of_seq`."""
    since, until = question.since or BEGINNING, question.until or END
    edges = _days(asking, question, since, until)
    # the days' own bounds are wider than the range
    touches.make(asking, "touched", (since, *edges[1:-1], until), ("user_id", "device_id"))
    whole = touches.whole(asking, "touched")
    return {
        "since": question.since and rfc3339(question.since),
        "until": question.until and rfc3339(question.until),
        "timezone": question.timezone,
        "total_events": whole["events"],
        "unique_users": whole["users"],
        **_distinct(asking),
        "sessions": whole["sessions"],
        "events_by_name": rankings.names(asking, since, until, TOP),
        "events_by_category": _categories(asking, since, until),
        "events_by_day": _by_day(asking, question, edges) if whole["events"] else [],
    }


def _days(asking: Asking, question: Stats, since: datetime, until: datetime) -> list[datetime]:
    """Beginnings of the local days from the first event to the last, and the end of the last."""
    first, last = asking.rows(f"SELECT min(ts), max(ts) FROM ({asking.events(since, until)})")[0]
    if first is None:
        return [since, until]
    zone = zone_of(question.timezone)
    first, last = (moment.replace(tzinfo=UTC).astimezone(zone).date() for moment in (first, last))
    return day_edges(first, last, zone)


def _distinct(asking: Asking) -> dict[str, int]:
    users, devices = asking.rows("SELECT count(DISTINCT user_id), count(DISTINCT device_id) FROM touched")[0]
    return {"identified_users": users, "unique_devices": devices}


def _categories(asking: Asking, since: datetime, until: datetime) -> list[dict[str, Any]]:
    found = rankings.names(asking, since, until, TOP, "event_category")
    return [{"category": row["name"], "count": row["count"], "users": row["users"]} for row in found]


def _by_day(asking: Asking, question: Stats, edges: list[datetime]) -> list[dict[str, Any]]:
    zone, days = zone_of(question.timezone), touches.by_bucket(asking, "touched")
    empty = {"events": 0, "users": 0}
    return [
        {"day": edge.astimezone(zone).date().isoformat(), **{name: days.get(number, empty)[name] for name in empty}}
        for number, edge in enumerate(edges[:-1])
    ]
