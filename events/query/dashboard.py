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

Users are distinct `distinct_id`s. Sessions are distinct `session_id`s, and for events without one what
lies between gaps of more than 30 minutes of one actor; each counts in every bucket it touches. A bounce is a
session with exactly one page view, among sessions with any. A session's duration is last − first event in
the range.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timezone import now as wall_clock

from events.query.reading import Snapshot, snapshot, sql
from events.query.spans import COMPARES, Span, rfc3339, span
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

SECONDS = 10.0  # a dashboard that takes longer is refused, naming what to narrow
TOP = 10
RECENT = 20
ACTIVE = timedelta(minutes=5)
MEASURES = ("events", "users", "sessions", "page_views")

# good up to the first, poor above the second (web.dev/articles/vitals)
VITALS = {"LCP": (2500, 4000), "INP": (200, 500), "CLS": (0.1, 0.25), "FCP": (1800, 3000), "TTFB": (800, 1800)}

ACTIVE_NOW = """
SELECT count(DISTINCT distinct_id) AS users FROM analytics_events
WHERE tenant_id = %(tenant_id)s AND timestamp > %(since)s AND timestamp <= %(until)s
"""
RECENT_EVENTS = """
SELECT event_id, event_name, timestamp, distinct_id, user_id, page_url, seq FROM analytics_events
WHERE tenant_id = %(tenant_id)s ORDER BY seq DESC LIMIT %(count)s
"""


def dashboard(
    tenant: TenantConfig,
    range_: str = "7d",
    timezone: str | None = None,
    compare: str | bool | None = "previous_period",
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """See the module. Raises BadRequest naming the bad parameter, TooSlow past SECONDS."""
    current = span(range_, timezone or tenant.timezone, now or wall_clock())
    kind = compare_kind(compare)
    before = current.compared(kind) if kind else None
    with snapshot(tenant.id, SECONDS, "range") as rows:
        figures = _figures(rows, current)
        earlier = _figures(rows, before) if before else None
        return {
            **_header(current, before, kind),
            "as_of_seq": rows.as_of_seq(),
            "kpis": _kpis(figures[0], earlier[0] if earlier else None),
            "active_users": _active_users(rows, current.now),
            "series": _series(current, figures, earlier),
            **_breakdowns(rows, current),
            "recent": _recent(rows),
            **_details(rows, current),
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


def _figures(rows: Snapshot, span_: Span) -> dict[int, dict[str, Any]]:
    """Rows of period.sql by bucket: 1 … n, and 0 for the whole."""
    found = rows.rows(sql("period"), edges=list(span_.edges), since=span_.since, until=span_.until)
    return {row["bucket"]: row for row in found}


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


def _series(span_: Span, figures: dict[int, Any], earlier: dict[int, Any] | None) -> dict[str, Any]:
    return {
        "buckets": [
            {"start": rfc3339(span_.edges[i]), "label": span_.label(i), "incomplete": span_.incomplete(i)}
            for i in range(span_.count)
        ],
        **_lines(figures, span_.count),
        "compare": _lines(earlier, span_.count) if earlier else None,
    }


def _lines(figures: dict[int, Any], count: int) -> dict[str, list[int]]:
    empty = dict.fromkeys(MEASURES, 0)
    return {name: [figures.get(number, empty)[name] for number in range(1, count + 1)] for name in MEASURES}


def _active_users(rows: Snapshot, now: datetime) -> int:
    # clocks differ by a minute or so: a little of the future is now
    return rows.row(ACTIVE_NOW, since=now - ACTIVE, until=now + ACTIVE)["users"]


def _breakdowns(rows: Snapshot, span_: Span) -> dict[str, Any]:
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ("name", "device", "browser", "os", "country")}
    for row in rows.rows(sql("breakdowns"), since=span_.since, until=span_.until, top=TOP):
        kinds[row.pop("kind")].append(row)
    countries = kinds["country"]
    return {
        "top_events": [{"name": row["name"], "count": row["events"], "users": row["users"]} for row in kinds["name"]],
        "devices": kinds["device"],
        "browsers": kinds["browser"],
        "os": kinds["os"],
        "countries": countries if any(row["name"] for row in countries) else [],
    }


def _recent(rows: Snapshot) -> list[dict[str, Any]]:
    found = rows.rows(RECENT_EVENTS, count=RECENT)
    return [
        {**row, "timestamp": rfc3339(row["timestamp"]), "user_id": row["user_id"] and str(row["user_id"])}
        for row in found
    ]


def _details(rows: Snapshot, span_: Span) -> dict[str, Any]:
    kinds: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ("page", "referrer", "error", "vital")}
    for row in rows.rows(sql("details"), since=span_.since, until=span_.until, top=TOP):
        kinds[row["kind"]].append(row)
    vitals = {row["name"]: row for row in kinds["vital"]}
    return {
        "pages": [{"path": row["name"], "views": row["count"], "users": row["users"]} for row in kinds["page"]],
        "referrers": [{"host": row["name"], "views": row["count"], "users": row["users"]} for row in kinds["referrer"]],
        "errors": [_error(row) for row in kinds["error"]],
        "vitals": [_vital(name, vitals[name]) for name in VITALS if name in vitals],
    }


def _error(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": row["name"],
        "message": row["detail"],
        "count": row["count"],
        "users": row["users"],
        "first_seen": rfc3339(row["first_seen"]),
        "last_seen": rfc3339(row["last_seen"]),
    }


def _vital(metric: str, row: dict[str, Any]) -> dict[str, Any]:
    good, poor = VITALS[metric]
    p75 = row["p75"]
    rating = "good" if p75 <= good else "needs-improvement" if p75 <= poor else "poor"
    return {"metric": metric, "p75": p75, "rating": rating, "count": row["count"]}
