"""Sessions one by one, by brute force. No SQL.

A row is as in tests/query_data.py, with `derived_session` (tests/oracle/trends.py marks it).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

Row = dict[str, Any]


def by_session(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["ts"], row["seq"])):
        found.setdefault(row["derived_session"], []).append(row)
    return found


def listed(rows: list[Row], since: datetime, until: datetime, passes: Callable[[Row], bool]) -> list[dict[str, Any]]:
    """Whole sessions that have a passing event in [since, until), the newest start first."""
    kept = [
        session
        for session in by_session(rows).values()
        if any(since <= row["ts"] < until and passes(row) for row in session)
    ]
    return sorted((summary(session) for session in kept), key=lambda each: each["start"], reverse=True)


def summary(session: list[Row]) -> dict[str, Any]:
    first, last = session[0]["ts"], session[-1]["ts"]
    pages = [row for row in session if row["name"] == "page_view"]
    return {
        "start": first,
        "seconds": (last - first).total_seconds(),
        "events": len(session),
        "pages": len(pages),
        "bounce": len(pages) == 1,
        "entry": (pages[0].get("properties", {}).get("path") or "/") if pages else None,
        "user": session[-1]["who"],
        "users": len({row["who"] for row in session}),
    }
