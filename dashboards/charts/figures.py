"""One number, large, with its change against the period before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.charts.formats import say
from dashboards.charts.spark import Sparkline


@dataclass(frozen=True, slots=True)
class Figure:
    """`format` is how it reads (formats.say). `change` is a fraction of `previous`."""

    label: str
    value: int | float | None
    previous: int | float | None = None
    change: float | None = None
    format: str = "count"
    rise_is_good: bool = True
    spark: Sparkline | None = None
    at: Mapping[str, Any] | None = None  # whom it stands for (types.At as JSON data); None opens nobody

    @property
    def picks(self) -> str:
        return "" if self.at is None or not self.value else json.dumps(self.at, ensure_ascii=False)

    @property
    def text(self) -> str:
        return say(self.value, self.format)

    @property
    def previous_text(self) -> str:
        return say(self.previous, self.format)

    @property
    def direction(self) -> str:
        """`up`, `down`, `same`, or `` where there is nothing to compare with."""
        if self.previous is None or self.value is None or (not self.previous and not self.value):
            return ""
        return "up" if self.value > self.previous else "down" if self.value < self.previous else "same"

    @property
    def change_text(self) -> str:
        """`12.4%`; `new` where the period before had none."""
        if self.change is None:
            return "new"
        size = abs(self.change) * 100
        return f"{size:,.0f}%" if size >= 100 else f"{size:.1f}%"

    @property
    def tone(self) -> str:
        if self.direction not in {"up", "down"}:
            return ""
        return "good" if (self.direction == "up") == self.rise_is_good else "bad"


def change_of(value: float | None, before: float | None) -> float | None:
    """The change as a fraction; None where nothing can be said."""
    return (value - before) / before if before and value is not None else None
