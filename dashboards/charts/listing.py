"""Rows of everybody and of each value of a breakdown, below each other in one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboards.charts.model import Row

LISTED = 1_000  # rows: a page of many thousands is slow to read and to draw


def headed(name: str, rows: Iterable[Row]) -> list[Row]:
    """The rows of one value: `Chrome: 1 Oct`. Everybody has no name."""
    return [replace(row, head=f"{name}: {row.head}") if name else row for row in rows]


def listed(whole: Sequence[Row], values: Sequence[tuple[str, Sequence[Row]]]) -> tuple[list[Row], str]:
    """The rows of everybody and of as many (name, rows) as there is room for, and what is to be said of the rest."""
    rows = list(whole)
    for number, (name, more) in enumerate(values):
        if len(rows) + len(more) > LISTED:
            return rows, f"The table lists {number} of {len(values)} values: it ends at {LISTED:,} rows."
        rows += headed(name, more)
    return rows, ""
