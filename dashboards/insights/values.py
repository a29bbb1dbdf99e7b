"""A filter's value as a person types it: `5` is a number, `true` a truth value, `"5"` in quotes and all else a text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

TEXT_OPS = frozenset({"contains", "not_contains", "starts_with", "regex", "before", "after"})
LIST_OPS = frozenset({"in", "not_in"})
NO_VALUE = frozenset({"is_set", "is_not_set"})
WORDS = {"true": True, "false": False}


def typed(text: str) -> str | int | float | bool:
    """What was meant by a text. The inverse of `shown`."""
    if text in WORDS:
        return WORDS[text]
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _unquoted(text)
    return _number(text)


def worded(text: str) -> str:
    """The same where an op takes texts only: 5 is the text."""
    found = typed(text)
    return found if isinstance(found, str) else text


def shown(value: Any, read: Callable[[str], Any] = typed) -> str:
    """How a value stands in a form: a text that would be read as something else is put in quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value and value.isprintable() and read(value) == value and isinstance(read(value), str)
    return value if plain else json.dumps(value)


def _unquoted(text: str) -> str:
    try:
        return json.loads(text)
    except ValueError:
        return text[1:-1]


def _number(text: str) -> str | int | float:
    try:
        number = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return text
    return number


def value_of(op: str, texts: list[str]) -> Any:
    """The value that an op takes from its fields; None: not filled in yet."""
    if op in NO_VALUE:
        return None
    filled = [text for text in texts if text]
    if op in LIST_OPS:
        return [typed(text) for text in filled] or None
    if op == "between":
        return [typed(text) for text in filled[:2]] if len(filled) >= 2 else None
    if not filled:
        return None
    return worded(filled[0]) if op in TEXT_OPS else typed(filled[0])


def texts_of(op: str, value: Any) -> list[str]:
    """The fields of a value, as they stand in a form."""
    if op in NO_VALUE or value is None:
        return []
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    return [shown(value, worded if op in TEXT_OPS else typed)]


ANY = "Any event"  # how `*` stands in a form


def event_name(text: str) -> str:
    """`Any event` is `*`; an event that is really called so stands in quotes."""
    if text == ANY:
        return "*"
    return ANY if text == f'"{ANY}"' else text


def event_text(name: str) -> str:
    if name == "*":
        return ANY
    return f'"{ANY}"' if name == ANY else name
