"""The data dictionary by hand: every event looked at in plain Python.

An event is a dict as a client sends it, with `timestamp` in RFC 3339 and UTC.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

OPERATIONS = ("$set", "$set_once", "$increment", "$append", "$union", "$unset")


def dictionary(events: Iterable[dict[str, Any]], today: date) -> dict[tuple[str, str], dict[str, Any]]:
    """By (kind, name): volume of 30 days, first and last seen, types, the texts of its values, counts by event."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        for kind, name, value in _names(event):
            moment = datetime.fromisoformat(event["timestamp"])
            entry = found.setdefault(
                (kind, name),
                {"volume": 0, "first": moment, "last": moment, "types": set(), "examples": set(), "events": Counter()},
            )
            entry["volume"] += moment.date() > today - timedelta(days=30)
            entry["first"], entry["last"] = min(entry["first"], moment), max(entry["last"], moment)
            if kind != "event":
                entry["types"].add(type_of(value))
                entry["examples"].add(text_of(value)[:100])
                entry["events"][event["event_name"]] += 1
    return found


def _names(event: dict[str, Any]) -> Iterable[tuple[str, str, Any]]:
    yield "event", event["event_name"], None
    told = defaultdict(list)
    for name, value in event.get("properties", {}).items():
        if name not in OPERATIONS:
            yield "property", name, value
        elif event["event_name"] in ("$identify", "$profile") and name != "$unset" and isinstance(value, dict):
            told[name] += value.items()
    for items in told.values():
        for name, value in items:
            yield "profile", name, value


def type_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "number")


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
