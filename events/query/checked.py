"""Names of properties and regular expressions of a question, checked before it is asked, so that what is wrong is
told with its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from events.cohorts.patterns import is_pattern
from events.query import properties
from events.query.binds import Binds
from obc_analytics.errors import BadRequest

OPAQUE = {"value", "at"}  # parts of a question that hold values, not names


def check(question: Any) -> None:
    """Raises BadRequest naming the path of a built-in that there is none of, and of a pattern that RE2 does not
    take."""
    for path, part in _parts(msgspec.to_builtins(question), "$"):
        if isinstance(part.get("property"), str):
            _check_name(part["property"], f"{path}.property")
        for number, name in enumerate(part.get("hold") or ()):
            _check_name(name, f"{path}.hold[{number}]")
        if part.get("op") == "regex" and not is_pattern(part["value"]):
            raise BadRequest(
                f"a regular expression is not understood (RE2 syntax) at {path}.value", path=f"{path}.value"
            )


def _check_name(name: str, path: str) -> None:
    if not name.startswith("$"):  # cohorts have checks of their own
        return
    try:
        properties.text(name, Binds())
    except BadRequest as error:
        error.details["path"] = path
        raise


def _parts(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _parts(each, f"{path}[{number}]")
    elif isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            if name not in OPAQUE:
                yield from _parts(each, f"{path}.{name}")
