"""Errors, web vitals and forms in plain Python over a list of rows (tests/query_data.py): slow, obvious, no SQL."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from events.query.grouping import group_of
from tests.oracle.overview import percentile

Row = dict[str, Any]
LIMITS = {"LCP": (2500, 4000), "INP": (200, 500), "CLS": (0.1, 0.25), "FCP": (1800, 3000), "TTFB": (800, 1800)}


def errors(rows: list[Row], since: datetime, until: datetime) -> dict[str, Row]:
    """By group: count, users, first (ever) and last."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["name"] == "error" and row["ts"] < until:
            said = row["properties"]
            groups[group_of(said.get("type"), said.get("message"), said.get("stack")).hash].append(row)
    found = {}
    for hash_, all_ in groups.items():
        inside = [row for row in all_ if row["ts"] >= since]
        if inside:
            times = [row["ts"] for row in all_]
            users = len({row["who"] for row in inside})
            found[hash_] = {"count": len(inside), "users": users, "first": min(times), "last": max(times)}
    return found


def measured(rows: list[Row], since: datetime, until: datetime) -> dict[str, list[tuple[Row, float]]]:
    found: dict[str, list[tuple[Row, float]]] = defaultdict(list)
    for row in rows:
        metric, value = row.get("properties", {}).get("metric"), row.get("properties", {}).get("value")
        if row["name"] != "web_vital" or metric not in LIMITS or not since <= row["ts"] < until:
            continue
        try:
            number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        except ValueError:
            continue
        if 0 <= number <= 1e9:
            found[metric].append((row, number))
    return found


def vital(values: list[float], metric: str) -> Row:
    good, poor = LIMITS[metric]
    p75 = percentile(values, 0.75)
    return {
        "p75": p75,
        "count": len(values),
        "rating": "good" if p75 <= good else "poor" if p75 > poor else "needs-improvement",
        "good": sum(value <= good for value in values),
        "poor": sum(value > poor for value in values),
    }


def forms(rows: list[Row], since: datetime, until: datetime) -> dict[str, Row]:
    by_filler: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["ts"], row["seq"])):
        if row["name"] in {"form_start", "form_submit", "form_abandon"} and row["ts"] >= since:
            by_filler[row["who"], row["properties"].get("form", "$none")].append(row)
    found: dict[str, Row] = {}
    for (who, form), events in by_filler.items():
        for attempt in _attempts(events):
            if since <= attempt[0]["ts"] < until:
                _count(found.setdefault(form, _nothing()), who, attempt)
    return found


def _attempts(events: list[Row]) -> list[list[Row]]:
    attempts: list[list[Row]] = []
    for event in events:
        if event["name"] == "form_start":
            attempts.append([event])
        elif attempts and event["ts"] <= attempts[-1][0]["ts"] + timedelta(hours=24):
            attempts[-1].append(event)
    return attempts


def _nothing() -> Row:
    counts = dict.fromkeys(("starts", "submits", "succeeded", "failed", "abandoned", "left"), 0)
    return {**counts, "who": set(), "seconds": []}


def _count(entry: Row, who: str, attempt: list[Row]) -> None:
    submits = [event for event in attempt if event["name"] == "form_submit"]
    good = [event for event in submits if event["properties"].get("success") is not False]
    left = "abandoned" if any(event["name"] == "form_abandon" for event in attempt) else "left"
    entry["starts"] += 1
    entry["submits"] += len(submits)
    entry["succeeded" if good else "failed" if submits else left] += 1
    entry["who"].add(who)
    if good:
        entry["seconds"].append((good[0]["ts"] - attempt[0]["ts"]).total_seconds())


def median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
