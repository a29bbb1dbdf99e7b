"""Filters and event choices → conditions over the relation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from events.ingest import times
from events.query import properties
from events.query.binds import Binds
from events.query.types import Events, Filter

COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def event(which: Events, binds: Binds) -> str:
    """Whether a row is one of the chosen events; `*` is any."""
    names = [which] if isinstance(which, str) else list(which)
    if "*" in names:
        return "true"
    return "event_name IN (" + ", ".join(binds.add(name) for name in names) + ")"


def all_of(filters: Iterable[Filter], binds: Binds) -> str:
    return " AND ".join([f"({condition(filter_, binds)})" for filter_ in filters]) or "true"


def step(which: Events, filters: Iterable[Filter], binds: Binds) -> str:
    """The chosen events that pass the filters."""
    return f"({event(which, binds)} AND {all_of(filters, binds)})"


def condition(filter_: Filter, binds: Binds) -> str:
    """One filter. Negations hold for rows without the property, as in Mixpanel; never NULL."""
    name, op, value = filter_.property, filter_.op, filter_.value
    match op:
        case "is_set":
            return f"{properties.text(name, binds)} IS NOT NULL"
        case "is_not_set":
            return f"{properties.text(name, binds)} IS NULL"
        case "is":
            return _equal(name, value, binds)
        case "is_not":
            return f"NOT {_equal(name, value, binds)}"
        case "in":
            return "(" + " OR ".join(_equal(name, each, binds) for each in value) + ")"
        case "not_in":
            return "NOT (" + " OR ".join(_equal(name, each, binds) for each in value) + ")"
        case "contains":
            return f"coalesce(contains(lower({properties.text(name, binds)}), {binds.add(value.lower())}), false)"
        case "not_contains":
            return f"NOT coalesce(contains(lower({properties.text(name, binds)}), {binds.add(value.lower())}), false)"
        case "starts_with":
            return f"coalesce(starts_with({properties.text(name, binds)}, {binds.add(value)}), false)"
        case "regex":
            return f"coalesce(regexp_matches({properties.text(name, binds)}, {binds.add(value)}), false)"
        case "before" | "after":
            sign = "<" if op == "before" else ">"
            return f"coalesce({_time(name, binds)} {sign} {binds.add(times.parse(value))}, false)"
        case "between":
            low, high = value
            return f"({_compare(name, '>=', low, binds)} AND {_compare(name, '<=', high, binds)})"
        case _:
            return _compare(name, COMPARE[op], value, binds)


def _equal(name: str, value: Any, binds: Binds) -> str:
    """Numbers equal as numbers (5 is 5.0), all else as text; never NULL."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, int | float):
        return f"coalesce({properties.number(name, binds)} = {binds.add(float(value))}, false)"
    return f"coalesce({properties.text(name, binds)} = {binds.add(value)}, false)"


def _compare(name: str, sign: str, value: Any, binds: Binds) -> str:
    if isinstance(value, str):
        return f"coalesce({properties.text(name, binds)} {sign} {binds.add(value)}, false)"
    return f"coalesce({properties.number(name, binds)} {sign} {binds.add(float(value))}, false)"


def _time(name: str, binds: Binds) -> str:
    if name == "$time":
        return "ts"
    # by way of TIMESTAMPTZ: a cast to TIMESTAMP drops the offset; without one it is UTC, the session's zone
    return f"TRY_CAST(TRY_CAST({properties.text(name, binds)} AS TIMESTAMPTZ) AS TIMESTAMP)"
