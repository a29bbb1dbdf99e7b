"""Bound parameters of a DuckDB statement: every value of a question goes through here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

PLACEHOLDER = re.compile(r"\$(p\d+)\b")


class Binds:
    """Collects values and hands out their placeholders: `binds.add(5)` → `$p0`."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.promoted: set[str] = set()  # properties that the rows have as columns (segments/promoted.py)

    def add(self, value: Any) -> str:
        """The placeholder of a value. Instants become UTC without zone: no engine's zone data is used."""
        if isinstance(value, datetime):
            value = value.astimezone(UTC).replace(tzinfo=None)
        name = f"p{len(self._values)}"
        self._values[name] = value
        return f"${name}"

    def used_in(self, statement: str) -> dict[str, Any]:
        """The values that a statement names: DuckDB refuses one that it does not."""
        named = set(PLACEHOLDER.findall(statement))
        return {name: value for name, value in self._values.items() if name in named}
