"""All that an overview shows, in one answer, true as of one instant.

`dashboard(tenant, range_, timezone, compare)` returns JSON-ready values (times are RFC 3339 in UTC with Z,
shares and changes are fractions, durations are seconds)::

    {"range": "7d", "timezone": "Europe/Berlin", "interval": "day",          # "hour" for at most two days
     "since": "2026-11-16T23:00:00Z", "until": "2026-11-23T23:00:00Z",       # half-open, whole buckets
     "compare": "previous_period",                                           # | "previous_year" | None
     "previous": {"since": "…Z", "until": "…Z"},                             # None without comparison
     "generated_at": "…Z", "as_of_seq": 8812,
     "kpis": {"events":          {"value": 1200, "previous": 1000, "change": 0.2},
              "users":           …, "sessions": …, "page_views": …,
              "bounce_rate":     {"value": 0.41, "previous": None, "change": None},
              "session_seconds": {"value": 93.5, …}},                        # median
     "active_users": 3,                                                      # in the last five minutes
     "series": {"buckets": [{"start": "…Z", "label": "2026-11-17", "incomplete": False}, …],
                "events": [12, …], "users": […], "sessions": […], "page_views": […],
                "compare": {"events": […], "users": […], "sessions": […], "page_views": […]}},  # or None
     "top_events": [{"name": "page_view", "count": 900, "users": 40}, …],    # 10 at most, as all lists
     "pages":      [{"path": "/projects", "views": 300, "users": 22}, …],
     "referrers":  [{"host": "news.example", "views": 20, "users": 9}, …],   # other hosts than the page's own
     "devices":    [{"name": "desktop", "events": 800, "users": 30}, …],     # name None: not known
     "browsers": […], "os": […],                                             # like devices
     "countries": […],                                                       # like devices; [] when none is known
     "recent": [{"event_id", "event_name", "timestamp", "distinct_id", "user_id", "page_url", "seq"}, …],   # 20
     "errors": [{"type", "message", "count", "users", "first_seen", "last_seen"}, …],
     "vitals": [{"metric": "LCP", "p75": 2100.0, "rating": "good", "count": 310}, …]}

Buckets are local days or hours of `timezone`; their labels are local ("2026-11-17", "2026-11-17T09:00+01:00").
`value`, `previous` and `change` are None where nothing can be said (no sessions, division by zero). `previous`
compares like with like: the period before ends as far into itself as this one has come, and the series of
`compare` adds up to the same figures.

Users are distinct actors, as identity links resolve them. Sessions are distinct `session_id`s, and for events
without one what lies between gaps of more than 30 minutes of one actor; each counts in every bucket it touches.
A bounce is a session with exactly one page view, among sessions with any. A session's duration is last − first
event in the range.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from events.query import rankings, touches
from events.query.asking import Asking, utc_now
from events.query.narrowed import narrowed
from events.query.recent import recent
from events.query.run import answered
from events.query.spans import COMPARES, Span, rfc3339, span
from events.query.types import Filter
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

TOP = 10
RECENT = 20
ACTIVE = timedelta(minutes=5)
MEASURES = ("events", "users", "sessions", "page_views")
DEVICE = ("device_type", "browser", "os", "country")


class Dashboard(msgspec.Struct, frozen=True, tag_field="kind", tag="dashboard"):
    """An overview as a question. `compare` is one of COMPARES, or None."""

    span: str
    timezone: str
    compare: str | None
    filters: tuple[Filter, ...] = ()


def dashboard(
    tenant: TenantConfig,
    range_: str = "7d",
    timezone: str | None = None,
    compare: str | bool | None = "previous_period",
    filters: Iterable[Filter] = (),
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """See the module. Raises BadRequest naming the bad parameter, and what run.answered raises."""
    moment = now or utc_now()
    question = Dashboard(range_, timezone or tenant.timezone, compare_kind(compare), tuple(filters))
    span(question.span, question.timezone, moment)  # a bad one is refused before anything is read
    found = answered(tenant, question, answer, now=moment)
    return {name: value for name, value in found.items() if name != "cached"}


def answer(asking: Asking, question: Dashboard) -> dict[str, Any]:
    """The builder; without `as_of_seq`."""
    asking = narrowed(asking)
    current = span(question.span, question.timezone, asking.now)
    before = current.compared(question.compare) if question.compare else None
    touches.make(asking, "touched", current.edges, DEVICE)
    if before:
        touches.make(asking, "touched_before", before.edges)
    whole, earlier = touches.whole(asking, "touched"), touches.whole(asking, "touched_before") if before else None
    bounds = current.since, current.until
    return {
        **_header(current, before, question.compare),
        "kpis": _kpis(whole, earlier),
        "active_users": _active_users(asking),
        "series": _series(asking, current, before),
        "top_events": rankings.names(asking, *bounds, TOP),
        "pages": rankings.pages(asking, *bounds, TOP),
        "referrers": rankings.referrers(asking, *bounds, TOP),
        **_devices(asking),
        "recent": recent(asking, RECENT),
        "errors": rankings.errors(asking, *bounds, TOP),
        "vitals": rankings.vitals(asking, *bounds),
    }


def compare_kind(value: str | bool | None) -> str | None:
    """`previous_period` (also True), `previous_year`, or None. Raises BadRequest."""
    if value in (None, False, "", "0", "none", "false"):
        return None
    if value in (True, "1", "true"):
        return COMPARES[0]
    if value in COMPARES:
        return str(value)
    raise BadRequest(
        f"compare: {str(value)[:40]!r} is not known; allowed are {', '.join(COMPARES)} and none.", parameter="compare"
    )


def _header(current: Span, before: Span | None, kind: str | None) -> dict[str, Any]:
    return {
        "range": current.name,
        "timezone": current.zone.key,
        "interval": current.interval,
        "since": rfc3339(current.since),
        "until": rfc3339(current.until),
        "compare": kind,
        "previous": before and {"since": rfc3339(before.since), "until": rfc3339(before.until)},
        "generated_at": rfc3339(current.now.astimezone(UTC)),
    }


def _kpis(whole: dict[str, Any], earlier: dict[str, Any] | None) -> dict[str, Any]:
    values, before = _kpi_values(whole), _kpi_values(earlier) if earlier else {}
    return {
        name: {"value": value, "previous": before.get(name), "change": _change(value, before.get(name))}
        for name, value in values.items()
    }


def _kpi_values(whole: dict[str, Any]) -> dict[str, float | None]:
    return {
        **{name: whole[name] for name in MEASURES},
        "bounce_rate": whole["bounces"] / whole["viewed"] if whole["viewed"] else None,
        "session_seconds": whole["session_seconds"],
    }


def _change(value: float | None, before: float | None) -> float | None:
    return (value - before) / before if before and value is not None else None


def _series(asking: Asking, current: Span, before: Span | None) -> dict[str, Any]:
    return {
        "buckets": [
            {"start": rfc3339(current.edges[i]), "label": current.label(i), "incomplete": current.incomplete(i)}
            for i in range(current.count)
        ],
        **_lines(touches.by_bucket(asking, "touched"), current.count),
        "compare": _lines(touches.by_bucket(asking, "touched_before"), current.count) if before else None,
    }


def _lines(figures: dict[int, dict[str, int]], count: int) -> dict[str, list[int]]:
    empty = dict.fromkeys(MEASURES, 0)
    return {name: [figures.get(number, empty)[name] for number in range(count)] for name in MEASURES}


def _active_users(asking: Asking) -> int:
    # clocks differ by a minute or so: a little of the future is now
    rows = asking.events(asking.now - ACTIVE, asking.now + ACTIVE)
    return asking.rows(f"SELECT count(DISTINCT who) FROM ({rows})")[0][0]


def _devices(asking: Asking) -> dict[str, Any]:
    found = [touches.by_value(asking, "touched", column, TOP) for column in DEVICE]
    known = any(row["name"] for row in found[-1])
    return {"devices": found[0], "browsers": found[1], "os": found[2], "countries": found[3] if known else []}
