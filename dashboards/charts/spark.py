"""Sparklines: drawn by the server, so that a figure needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points of a server-made SVG of 100 × 32; the last part is `open` while its bucket is not over."""

    line: str
    area: str
    open: str


def sparkline(values: Sequence[int | float | None], last_is_partial: bool = False) -> Sparkline | None:
    """None for fewer than two values, and for nothing but zeros: nothing to draw."""
    numbers = [float(value or 0) for value in values]
    top = max(numbers, default=0.0)
    if len(numbers) < 2 or top <= 0:
        return None
    step = 100 / (len(numbers) - 1)
    points = [f"{index * step:.2f},{30 - 27 * max(0.0, number) / top:.2f}" for index, number in enumerate(numbers)]
    closed = points[:-1] if last_is_partial else points
    area = " ".join(["0,32", *points, "100,32"])
    return Sparkline(" ".join(closed), area, " ".join(points[-2:]) if last_is_partial else "")
