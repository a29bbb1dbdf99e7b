"""A question's answer as what the chart component takes, and as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Number = int | float | None


@dataclass(frozen=True, slots=True)
class Series:
    """`values` has one number a bucket; `compare` the same buckets of the period before."""

    label: str
    values: Sequence[Number]
    compare: Sequence[Number] = ()
    mark: str = "line"  # or "bar"; bars of one chart are stacked
    pane: int = 0  # charts of several panes share the time axis, not the scale

    def payload(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "values": list(self.values),
            "compare": list(self.compare),
            "mark": self.mark,
            "pane": self.pane,
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """`id` is unique on its page. `incomplete` marks buckets that are not over ("so far")."""

    id: str
    title: str
    buckets: Sequence[str]
    series: Sequence[Series]
    incomplete: Sequence[bool] = ()
    interval: str = "day"
    low: bool = False

    @property
    def panes(self) -> int:
        return max((series.pane for series in self.series), default=0) + 1

    @property
    def has_compare(self) -> bool:
        return any(series.compare for series in self.series)

    @property
    def bucket_labels(self) -> list[str]:
        return [bucket_label(bucket, self.interval) for bucket in self.buckets]

    @property
    def rows(self) -> list[tuple[str, bool, list[Number]]]:
        """(bucket, whether it is not over yet, one number a series): the table beside the chart."""
        partial = list(self.incomplete) or [False] * len(self.buckets)
        columns = [series.values for series in self.series]
        cells = [list(row) for row in zip(*columns, strict=True)] if columns else []
        return list(zip(self.bucket_labels, partial, cells, strict=True))

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def description(self) -> str:
        """One sentence a series for who can't see the lines; ECharts' own text is wrong."""
        if not self.buckets:
            return f"{self.title}: no data."
        labels = self.bucket_labels
        parts = [_sentence(series, labels) for series in self.series]
        return f"{self.title}, by {self.interval}, {labels[0]} to {labels[-1]}. {' '.join(parts)}"

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "description": self.description,
            "buckets": self.bucket_labels,
            "incomplete": list(self.incomplete) or [False] * len(self.buckets),
            "series": [series.payload() for series in self.series],
            "panes": self.panes,
        }


def _sentence(series: Series, labels: list[str]) -> str:
    known = [(value, label) for value, label in zip(series.values, labels, strict=True) if value is not None]
    if not known:
        return f"{series.label}: no data."
    high, when = max(known, key=lambda pair: pair[0])
    low = min(value for value, _ in known)
    return f"{series.label}: from {low:,} to {high:,} (most: {when}), last {known[-1][0]:,}."


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def bucket_label(bucket: str, interval: str) -> str:
    """`2026-11-23` → `23 Nov`; `2026-11-23T14:00…` → `23 Nov 14:00`. Anything else as it is."""
    try:
        month, day = MONTHS[int(bucket[5:7]) - 1], int(bucket[8:10])
    except (ValueError, IndexError):
        return bucket
    clock = f" {bucket[11:16]}" if interval in {"hour", "minute"} and len(bucket) >= 16 else ""
    return f"{day} {month}{clock}"


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points of a server-made SVG of 100 × 32; the last part is `open` while its bucket is not over."""

    line: str
    area: str
    open: str


def sparkline(values: Sequence[Number], last_is_partial: bool = False) -> Sparkline | None:
    """None for fewer than two values, and for nothing but zeros: nothing to draw."""
    numbers = [float(value or 0) for value in values]
    top = max(numbers, default=0.0)
    if len(numbers) < 2 or not top:
        return None
    step = 100 / (len(numbers) - 1)
    points = [f"{index * step:.2f},{30 - 27 * number / top:.2f}" for index, number in enumerate(numbers)]
    closed = points[:-1] if last_is_partial else points
    area = " ".join(["0,32", *points, "100,32"])
    return Sparkline(" ".join(closed), area, " ".join(points[-2:]) if last_is_partial else "")
