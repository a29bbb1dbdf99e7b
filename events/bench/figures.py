"""Percentiles, and tables a person and a program can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all are not above (nearest rank); NaN without any."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(slots=True)
class Table:
    """Rows may lack columns; the columns are those of all rows, in the order they first appear."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def columns(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def render(self) -> str:
        """Markdown, numbers to the right, columns aligned so that it reads well in a terminal too."""
        names = self.columns()
        cells = [[shown(row.get(name)) for name in names] for row in self.rows]
        widths = [max(len(name), *(len(line[n]) for line in cells)) for n, name in enumerate(names)]
        right = [all(is_number(row.get(name)) for row in self.rows) for name in names]
        rule = [("-" * (width - 1) + ":") if side else "-" * width for width, side in zip(widths, right, strict=True)]
        lines = [names, rule, *cells]
        body = [
            "| "
            + " | ".join(_pad(cell, width, side) for cell, width, side in zip(line, widths, right, strict=True))
            + " |"
            for line in lines
        ]
        return "\n".join([f"### {self.title}", "", *body, *(f"\n{note}" for note in self.notes), ""])


def is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def shown(value: Any) -> str:
    """A whole number with thousands, a small one with the digits that matter."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _pad(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)
