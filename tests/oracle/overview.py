"""Dashboard and stats in plain Python over a list of events: slow, obvious, no SQL."""

from __future__ import annotations

import re
import statistics
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

Event = dict[str, Any]  # columns as in the table; `timestamp` a datetime
GAP = timedelta(minutes=30)


def within(events: Iterable[Event], since: datetime, until: datetime) -> list[Event]:
    return [event for event in events if since <= event["timestamp"] < until]


def actors(events: Iterable[Event]) -> int:
    return len({event["distinct_id"] for event in events})


def sessions(events: list[Event]) -> list[list[Event]]:
    """By session_id; of events without one, what lies between gaps of more than 30 minutes of one actor."""
    named: dict[Any, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event["timestamp"]):
        if event["session_id"] is not None:
            named["named", event["session_id"]].append(event)
            continue
        number = 0
        while (key := ("derived", event["distinct_id"], number)) in named:
            if event["timestamp"] - named[key][-1]["timestamp"] <= GAP:
                break
            number += 1
        named[key].append(event)
    return list(named.values())


def views(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event["event_name"] == "page_view"]


def kpis(events: list[Event]) -> dict[str, Any]:
    found = sessions(events)
    viewed = [session for session in found if views(session)]
    seconds = [(session[-1]["timestamp"] - session[0]["timestamp"]).total_seconds() for session in found]
    return {
        "events": len(events),
        "users": actors(events),
        "sessions": len(found),
        "page_views": len(views(events)),
        "bounce_rate": sum(len(views(session)) == 1 for session in viewed) / len(viewed) if viewed else None,
        "session_seconds": statistics.median(seconds) if seconds else None,
    }


def by_label(events: list[Event], label: Callable[[Event], str]) -> dict[str, dict[str, int]]:
    """The series by the label of each event's bucket. A session counts in every bucket it touches."""
    buckets: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        buckets[label(event)].append(event)
    touched = Counter(name for session in sessions(events) for name in {label(event) for event in session})
    return {
        name: {"events": len(part), "users": actors(part), "sessions": touched[name], "page_views": len(views(part))}
        for name, part in buckets.items()
    }


def day_of(zone: zoneinfo.ZoneInfo) -> Callable[[Event], str]:
    return lambda event: event["timestamp"].astimezone(zone).date().isoformat()


def grouped(events: Iterable[Event], value: Callable[[Event], Any]) -> dict[Any, tuple[int, int]]:
    """Events and actors by value."""
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        groups[value(event)].append(event)
    return {name: (len(part), actors(part)) for name, part in groups.items()}


def path_of(event: Event) -> str:
    if event["properties"].get("path"):
        return event["properties"]["path"]
    return urlsplit(event["page_url"] or "").path or "/"


def foreign_host(event: Event) -> str | None:
    host = urlsplit(event["referrer"] or "").hostname
    return host if host != urlsplit(event["page_url"] or "").hostname else None


def normal(message: str) -> str:
    return re.sub("[0-9]+", "#", message)


def percentile(values: list[float], share: float) -> float:
    """Linear between the two nearest, as percentile_cont."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
