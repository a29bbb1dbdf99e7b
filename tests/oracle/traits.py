"""What profiles say, by brute force: operations in order of time upon plain dicts and lists."""

from __future__ import annotations

import json
from typing import Any

ORDER = ["$set", "$set_once", "$increment", "$append", "$union", "$unset"]


def traits(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the rows (`name`, `ts`, `event_id`, `properties`) of one actor."""
    told = [row for row in rows if row["name"] in ("$identify", "$profile")]
    found: dict[str, Any] = {}
    for row in sorted(told, key=lambda row: (row["ts"], row["event_id"])):
        for operation in ORDER:
            _apply(found, operation, row["properties"].get(operation))
    return {name: value for name, value in found.items() if value is not None}


def _apply(found: dict[str, Any], operation: str, values: Any) -> None:
    if operation == "$unset":
        names = [values] if isinstance(values, str) else list(values or [])
        for name in names:
            found.pop(name, None)
        return
    for name, value in (values or {}).items() if isinstance(values, dict) else ():
        before = found.get(name)
        if operation == "$set" or (operation == "$set_once" and before is None):
            found[name] = value
        elif operation == "$increment" and _number(value) and (before is None or _number(before)):
            found[name] = value if before is None else before + value
        elif operation == "$append" and value is not None:
            found[name] = [*_listed(before), value]
        elif operation == "$union":
            held = list(_listed(before))
            for each in value if isinstance(value, list) else [value]:
                if each is not None and json.dumps(each) not in map(json.dumps, held):
                    held.append(each)
            found[name] = held


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
