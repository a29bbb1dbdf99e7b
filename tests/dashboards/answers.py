"""Answers of questions in the shapes that events/query promises, for pages without a database behind them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 10, 25, tzinfo=UTC)
EVENTS = ("page_view", "click", "page_leave", "search", "form_submit", "web_vital", "error", "signup", "invite")
SERIES = ("events", "users", "sessions", "page_views")


def wave(days: int, height: float, lift: float = 0.0) -> list[int]:
    """A week's rhythm, with growth."""
    week = (1.0, 1.05, 1.1, 1.04, 0.92, 0.5, 0.46)
    return [round(height * week[day % 7] * (1 + lift + day / 60) + 9 * math.sin(day * 3)) for day in range(days)]


def dashboard_answer(days: int = 30, text: str = "") -> dict[str, Any]:
    """`text` takes the place of every string that a client controls."""
    heights = dict(zip(SERIES, (18_200, 940, 1_310, 7_400), strict=True))
    buckets = [
        {"start": stamp(day), "label": (START + timedelta(days=day)).date().isoformat(), "incomplete": day == days - 1}
        for day in range(days)
    ]
    return {
        "range": "30d",
        "timezone": "UTC",
        "interval": "day",
        "since": stamp(0),
        "until": stamp(days),
        "compare": "previous_period",
        "previous": {"since": stamp(-days), "until": stamp(0)},
        "generated_at": stamp(days),
        "as_of_seq": 8812,
        "kpis": {
            "events": kpi(612_304, 561_200),
            "users": kpi(5_214, 4_820),
            "sessions": kpi(39_410, 40_102),
            "page_views": kpi(231_090, 205_411),
            "bounce_rate": kpi(0.412, 0.437),
            "session_seconds": kpi(214.5, 198.0),
        },
        "active_users": 37,
        "series": {
            "buckets": buckets,
            **{name: wave(days, height) for name, height in heights.items()},
            "compare": {name: wave(days, height, -0.2) for name, height in heights.items()},
        },
        "top_events": [
            {"name": text or name, "count": 90_000 // at, "users": 4_000 // at} for at, name in enumerate(EVENTS, 1)
        ],
        "pages": [
            {"path": text or path, "views": 60_000 // (at + 1), "users": 2_000 // (at + 1)}
            for at, path in enumerate(
                ["/", "/projects", "/projects/4711/board", "/search", "/settings/billing", "/docs/getting-started"]
            )
        ],
        "referrers": [
            {"host": text or host, "views": 9_000 // (at + 1), "users": 800 // (at + 1)}
            for at, host in enumerate(["google.com", "news.ycombinator.com", "github.com", "linkedin.com"])
        ],
        "devices": named("desktop", "mobile", "tablet", None),
        "browsers": named(text or "Chrome", "Safari", "Firefox", "Edge"),
        "os": named("macOS", "Windows", "iOS"),
        "countries": [],
        "recent": [recent(at, text) for at in range(12)],
        "errors": [
            {
                "type": text or "TypeError",
                "message": text or "Cannot read properties of undefined (reading 'id')",
                "count": 212,
                "users": 40,
                "first_seen": stamp(0),
                "last_seen": stamp(days),
            },
            {
                "type": "NetworkError",
                "message": "Failed to fetch",
                "count": 61,
                "users": 22,
                "first_seen": stamp(0),
                "last_seen": stamp(days),
            },
        ],
        "vitals": [],
    }


def empty_dashboard_answer() -> dict[str, Any]:
    answer = dashboard_answer()
    nothing = {"value": 0, "previous": 0, "change": None}
    answer["kpis"] = dict.fromkeys(answer["kpis"], nothing) | {"bounce_rate": {**nothing, "value": None}}
    zeros = {name: [0] * 30 for name in SERIES}
    answer["series"] |= {**zeros, "compare": zeros}
    lists = ("top_events", "pages", "referrers", "devices", "browsers", "os", "countries", "recent", "errors", "vitals")
    return answer | {name: [] for name in lists} | {"active_users": 0}


def ledger_answer(by: str = "day", days: int = 30) -> dict[str, Any]:
    parts = [
        {"ok": ok, "duplicate": ok // 90, "dropped": ok // 70, "quarantined": ok // 400} for ok in wave(days, 18_200)
    ]
    series = [{"at": stamp(day), "received": sum(part.values()), **part} for day, part in enumerate(parts)]
    totals = {key: sum(row[key] for row in series) for key in ("received", "ok", "duplicate", "dropped", "quarantined")}
    line = {**totals}
    clients = {"documents": 812, "tracked": 40_312, "acked": 40_280, "dropped": {"storage_full": 3}, "newest": []}
    return {
        "by": by,
        "timezone": "UTC",
        "since": stamp(0),
        "until": stamp(days),
        "totals": totals,
        "lines": [],
        "series": series,
        "reasons": [
            {"outcome": "ok", "reason": "", "count": totals["ok"] - 12},
            {"outcome": "dropped", "reason": "bot", "count": totals["dropped"]},
            {"outcome": "quarantined", "reason": "missing_name", "count": totals["quarantined"]},
            {"outcome": "ok", "reason": "sanitised", "count": 12},
        ],
        "doors": [{"door": "http", **line}],
        "keys": [{"key_id": "x", "name": "Browser", "prefix": "obc_pk_abcde", **line}],
        "clients": clients,
    }


def connections_answer(text: str = "") -> dict[str, Any]:
    row = {
        "connection_id": "c-01",
        "user_id": text or "ada",
        "connected_at": stamp(1),
        "last_seen": stamp(1),
        "events": 3,
        "ip": "192.0.2.7",
    }
    return {"total": 1, "by_user": [{"user_id": text or "ada", "connections": 1}], "connections": [row]}


def kpi(value: float, previous: float) -> dict[str, float]:
    return {"value": value, "previous": previous, "change": (value - previous) / previous}


def named(*names: str | None) -> list[dict[str, Any]]:
    return [{"name": name, "events": 40_000 // (at + 1), "users": 3_000 // (at + 1)} for at, name in enumerate(names)]


def recent(at: int, text: str) -> dict[str, Any]:
    names = ("page_view", "click", "button_create-project", "search")
    return {
        "event_id": f"e{at}",
        "event_name": text or names[at % 4],
        "timestamp": stamp(29),
        "distinct_id": text or "5b1c7c1e-…",
        "user_id": None,
        "page_url": text or "https://app.example/projects/4711/board",
        "seq": 8800 - at,
    }


def stamp(day: float) -> str:
    return (START + timedelta(days=day)).isoformat().replace("+00:00", "Z")
