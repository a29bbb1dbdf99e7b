"""What trends, lifecycle and stickiness mean, by brute force: lists, sets and loops, no SQL."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]


def local_starts(first: date, last: date, interval: str, zone: ZoneInfo) -> list[date]:
    """First local days of the buckets that [first, last] touches."""
    day = {
        "day": first,
        "week": first - timedelta(days=first.weekday()),
        "month": first.replace(day=1),
    }[interval]
    starts = []
    while day <= last:
        starts.append(day)
        day = next_start(day, interval)
    return starts


def next_start(day: date, interval: str) -> date:
    if interval == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days={"day": 1, "week": 7}[interval])


def local_day(row: Row, zone: ZoneInfo) -> date:
    return row["ts"].astimezone(zone).date()


def bucket_of(row: Row, interval: str, zone: ZoneInfo) -> date:
    return local_starts(local_day(row, zone), local_day(row, zone), interval, zone)[0]


def numbers(rows: list[Row], name: str) -> list[float]:
    found = []
    for row in rows:
        value = row.get("properties", {}).get(name)
        if isinstance(value, bool) or value is None or isinstance(value, list | dict):
            continue
        try:
            number = float(value)
        except ValueError:
            continue
        if abs(number) != float("inf") and number == number:
            found.append(number)
    return found


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def measure(rows: list[Row], which: str, name: str | None = None) -> float | int | None:
    if which == "total":
        return len(rows)
    if which in {"uniques", "wau", "mau"}:
        return len({row["who"] for row in rows})
    if which == "sessions":
        return len({row["derived_session"] for row in rows})
    if which == "per_user":
        return len(rows) / len({row["who"] for row in rows}) if rows else None
    values = numbers(rows, name or "")
    if not values:
        return None
    if which.startswith("p"):
        return percentile(values, int(which[1:]) / 100)
    return {"sum": sum, "avg": statistics.fmean, "min": min, "max": max}[which](values)


def mark_sessions(rows: list[Row]) -> None:
    """Give each row its session: the client's, else by gaps over 30 minutes."""
    last: dict[str, tuple[datetime, str]] = {}
    for row in sorted(rows, key=lambda row: (row["ts"], row["seq"])):
        if row.get("session"):
            row["derived_session"] = "s" + row["session"]
            continue
        before = last.get(row["who"])
        if before is None or row["ts"] - before[0] > timedelta(minutes=30):
            name = f"d{row['who']}/{row['ts']}"
        else:
            name = before[1]
        last[row["who"]] = (row["ts"], name)
        row["derived_session"] = name


def trend(
    rows: list[Row], event: str, which: str, interval: str, first: date, last: date, zone: ZoneInfo,
    name: str | None = None,
) -> tuple[list[str], list[float | int | None], float | int | None]:  # fmt: skip
    """Labels, a value a bucket, and the measure over the whole range."""
    chosen = [row for row in rows if event in ("*", row["name"])]
    inside = [row for row in chosen if first <= local_day(row, zone) <= last]
    starts = local_starts(first, last, interval, zone)
    values = []
    for start in starts:
        if which in {"wau", "mau"}:
            end = min(next_start(start, interval) - timedelta(days=1), last)
            begin = end - timedelta(days={"wau": 6, "mau": 29}[which])
            values.append(measure([row for row in chosen if begin <= local_day(row, zone) <= end], which))
        else:
            values.append(measure([row for row in inside if bucket_of(row, interval, zone) == start], which, name))
    return [start.isoformat() for start in starts], values, measure(inside, which, name)


def lifecycle(rows: list[Row], interval: str, first: date, last: date, zone: ZoneInfo) -> dict[str, list[int]]:
    starts = local_starts(first, last, interval, zone)
    found: dict[str, list[int]] = {"new": [], "returning": [], "resurrecting": [], "dormant": []}
    active: dict[date, set[str]] = {}
    born: dict[str, date] = {}
    for row in rows:
        bucket = bucket_of(row, interval, zone)
        active.setdefault(bucket, set()).add(row["who"])
        born[row["who"]] = min(bucket, born.get(row["who"], bucket))
    for start in starts:
        before = max(
            (
                day
                for day in local_starts(start - timedelta(days=40), start - timedelta(days=1), interval, zone)
                if day < start
            ),
        )
        now, then = active.get(start, set()), active.get(before, set())
        found["new"].append(sum(born[who] == start for who in now))
        found["returning"].append(sum(who in then for who in now))
        found["resurrecting"].append(sum(born[who] != start and who not in then for who in now))
        found["dormant"].append(len(then - now))
    return found


def stickiness(rows: list[Row], interval: str, first: date, last: date, zone: ZoneInfo) -> dict[int, int]:
    inside = [row for row in rows if first <= local_day(row, zone) <= last]
    days: dict[str, set[date]] = {}
    for row in inside:
        days.setdefault(row["who"], set()).add(bucket_of(row, interval, zone))
    counts: dict[int, int] = {}
    for buckets in days.values():
        counts[len(buckets)] = counts.get(len(buckets), 0) + 1
    return counts


def midnight_utc(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
