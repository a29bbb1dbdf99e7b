"""The events explorer: filters and columns as its address says them, and rows as cells.

A filter is `f=<property>~<op>~<value>`, a column `c=<property>`, each repeatable. Names are the questions':
a built-in by `$`, an event property by its bare name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from events.query import properties
from events.query.types import Filter

MOST_FILTERS, MOST_COLUMNS = 20, 12
OPS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "is_set": "is set",
    "is_not_set": "is not set",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "regex": "matches",
}
BARE = {"is_set", "is_not_set"}
NUMBERS = {"gt", "gte", "lt", "lte"}
DEFAULT_COLUMNS = ("$event_name", "$distinct_id", "$page_url", "$browser")
# built-in: the row's field, or a field of its device_info
FIELDS = {
    "$event_name": "event_name", "$event_category": "event_category", "$event_id": "event_id",
    "$distinct_id": "distinct_id", "$user_id": "user_id", "$device_id": "device_id", "$session_id": "session_id",
    "$correlation_id": "correlation_id", "$batch_id": "batch_id", "$page_url": "page_url", "$referrer": "referrer",
    "$user_agent": "user_agent",
}  # fmt: skip
DEVICE = {"$browser": "browser", "$os": "os", "$device_type": "device_type", "$country": "country"}
COLUMNS = (*FIELDS, *DEVICE)
LABELS = {
    "$event_name": "Event",
    "$distinct_id": "Who",
    "$page_url": "Page URL",
    "$os": "OS",
    "$user_agent": "User agent",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter of the address: its text, and what it means."""

    text: str
    filter: Filter

    @property
    def label(self) -> str:
        value = "" if self.filter.op in BARE else f" {as_text(self.filter.value).removesuffix('.0')}"
        return f"{self.filter.property} {OPS[self.filter.op]}{value}"


def read_filters(texts: Iterable[str]) -> tuple[list[Chosen], str]:
    """The filters of an address, and what is wrong with those left out."""
    chosen, problems = [], []
    for text in list(texts)[:MOST_FILTERS]:
        try:
            chosen.append(Chosen(text, _filter(text)))
        except (ValueError, msgspec.ValidationError) as error:
            problems.append(f"The filter {text[:80]!r} is left out: {error}.")
    return chosen, " ".join(problems)


def _filter(text: str) -> Filter:
    name, op, value = _split(text)
    if name.startswith("$") and name not in properties.BUILT_IN and name not in properties.KEPT:
        raise ValueError("there is no such built-in property")
    if op in BARE:
        return msgspec.convert({"property": name, "op": op}, Filter)
    if op in NUMBERS:
        return msgspec.convert({"property": name, "op": op, "value": float(value)}, Filter)
    return msgspec.convert({"property": name, "op": op, "value": value}, Filter)


def _split(text: str) -> tuple[str, str, str]:
    """Property, op, value. A property may hold `~`: the first `~<op>~` divides."""
    places = [(text.find(f"~{op}{end}"), op) for op in OPS for end in ("~", "") if end or text.endswith(f"~{op}")]
    found = sorted((at, -len(op), op) for at, op in places if at > 0)
    if not found:
        raise ValueError("it is not <property>~<op>~<value>")
    at, _, op = found[0]
    return text[:at], op, text[at + len(op) + 2 :]


def joined(name: str, op: str, value: str) -> str:
    return f"{name}~{op}" if op in BARE else f"{name}~{op}~{value}"


def read_columns(names: Sequence[str]) -> list[str]:
    known = [name for name in names if name and len(name) <= 255 and (name in COLUMNS or not name.startswith("$"))]
    return list(dict.fromkeys(known))[:MOST_COLUMNS] or list(DEFAULT_COLUMNS)


def label_of(column: str) -> str:
    if not column.startswith("$"):
        return column
    return LABELS.get(column) or column.removeprefix("$").replace("_", " ").capitalize()


def cell(row: Mapping[str, Any], column: str) -> str:
    """A row's value of a column, as text; '' when it is not set."""
    if column in FIELDS:
        value = row[FIELDS[column]]
    elif column in DEVICE:
        value = (row["device_info"] or {}).get(DEVICE[column])
    else:
        value = row["properties"].get(column)
    return "" if value is None else as_text(value)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def seen_properties(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of properties of these rows: what to offer as columns and filters."""
    names = {name for row in rows for name in row["properties"]}
    return sorted(name for name in names if len(name) <= 255)[:200]
