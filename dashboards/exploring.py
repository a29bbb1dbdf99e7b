"""The events explorer: columns as its address says them, and rows as cells.

A column is `c=<property>`, repeatable. Names are the questions': a built-in by `$`, an event property by its bare name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_COLUMNS = 12
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
PEOPLE = ("$distinct_id", "$user_id", "$device_id")  # their values lead to a profile
LABELS = {
    "$event_name": "Event",
    "$distinct_id": "Who",
    "$page_url": "Page URL",
    "$os": "OS",
    "$user_agent": "User agent",
}


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
