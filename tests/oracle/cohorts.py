"""Who is in a cohort, by brute force: each person's rows, one after the other. No SQL.

Readings of the specification where it leaves room: the last n days are local days and include today, to its end;
a built-in is what the person's latest event that has it says, by (timestamp, seq); `at_most` and `exactly` 0 hold
for those who never did; everybody is who ever sent an event.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.traits import traits
from tests.oracle.trends import local_day

Row = dict[str, Any]
COLUMNS = {"$device_id": "device"}


def members(definition: dict[str, Any], rows: list[Row], now: datetime, zone: ZoneInfo) -> set[str]:
    """People (`who`, already the canonical one) of whom the definition holds."""
    return {
        who
        for who in {row["who"] for row in rows}
        if holds(definition, [row for row in rows if row["who"] == who], now, zone)
    }


def holds(node: dict[str, Any], rows: list[Row], now: datetime, zone: ZoneInfo) -> bool:
    match node["type"]:
        case "all":
            return all(holds(each, rows, now, zone) for each in node["conditions"])
        case "any":
            return any(holds(each, rows, now, zone) for each in node["conditions"])
        case "not":
            return not holds(node["condition"], rows, now, zone)
        case "property":
            return passes(known_of(node["property"], rows), node["op"], node.get("value"))
    done = sum(counts(node, row, now, zone) for row in rows)
    n = node.get("n", 1)
    return {"at_least": done >= n, "at_most": done <= n, "exactly": done == n}[node.get("times", "at_least")]


def counts(node: dict[str, Any], row: Row, now: datetime, zone: ZoneInfo) -> bool:
    day = local_day(row, zone)
    if node.get("last_days"):
        today = now.astimezone(zone).date()
        if not today - timedelta(days=node["last_days"] - 1) <= day <= today:
            return False
    if node.get("between") and not node["between"]["from"] <= day.isoformat() <= node["between"]["to"]:
        return False
    filters = node.get("filters", [])
    own = row.get("properties", {})
    return node["event"] in ("*", row["name"]) and all(
        passes(own.get(each["property"]), each["op"], each["value"]) for each in filters
    )


def known_of(name: str, rows: list[Row]) -> Any:
    if name.startswith("profile:"):
        return traits(rows).get(name.removeprefix("profile:"))
    has = [row for row in rows if row.get(COLUMNS[name]) is not None]
    return max(has, key=lambda row: (row["ts"], row["seq"]))[COLUMNS[name]] if has else None


def passes(value: Any, op: str, wanted: Any) -> bool:
    """Texts only."""
    match op:
        case "is":
            return value == wanted
        case "is_not":
            return value != wanted
        case "is_set":
            return value is not None
        case "is_not_set":
            return value is None
        case "in":
            return value in wanted
    raise AssertionError(op)
