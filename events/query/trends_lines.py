"""Lines of a trend out of counted rows: nothing where no row is, combined by a formula, smoothed, added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from events.query import formula
from events.query.trends_measuring import Measuring
from events.query.types import Series, Trends
from events.query.values import OTHER, Key

# an average of nothing is null, a count of nothing 0
COUNTS = frozenset({"total", "uniques", "wau", "mau", "sessions"})


@dataclass(slots=True)
class Line:
    """One drawn line: a value a bucket, and the measure over the whole range."""

    values: list[float | int | None]
    total: float | int | None
    ignored: int = 0


Lines = dict[Key, Line]


def nothing(series: Series, count: int) -> Line:
    """The line of a value that no row has, of so many buckets."""
    empty = 0 if series.measure in COUNTS else None
    return Line([empty] * count, empty)


def lines_of(rows: Iterable[tuple[Any, ...]], measuring: Measuring) -> Lines:
    """Rows of (bucket or None for the total, *values, measure, ignored) as lines, the largest first, `$other` last."""
    series, count, width = measuring.series, measuring.buckets.count, len(measuring.breakdown)
    empty = nothing(series, count).total
    lines: Lines = {}
    for bucket, *rest in rows:
        key, (value, ignored) = tuple(rest[:width]), rest[width:]
        line = lines.setdefault(key, nothing(series, count))
        if bucket is None:
            line.total, line.ignored = (empty if value is None else value), ignored
        else:
            line.values[bucket] = empty if value is None else value
    if not width and not lines:
        lines[()] = nothing(series, count)
    order = sorted(lines, key=lambda key: (OTHER in key, -(lines[key].total or 0), key))
    return {key: lines[key] for key in order}


def combined(text: str, series: Iterable[Series], found: list[Lines], count: int) -> Lines:
    """A formula's lines, value by value, out of those of each series. Raises BadRequest."""
    evaluate = formula.parse(text, len(found))
    empty = [nothing(each, count) for each in series]
    lines = {}
    for key in dict.fromkeys(key for each in found for key in each):
        parts = [each.get(key, none) for each, none in zip(found, empty, strict=True)]
        values = [evaluate([part.values[at] for part in parts]) for at in range(count)]
        lines[key] = Line(values, evaluate([part.total for part in parts]))
    return lines


def shape(line: Line, question: Trends, before: int) -> None:
    """Leave the values that are shown, without the `before` ahead of them: rolling means, running sums."""
    if before >= (question.rolling or 1):  # the part of the first bucket that lies before the range is none of them
        del line.values[before - 1]
        before -= 1
    if question.rolling:
        line.values = [_mean(line.values[at - before : at + 1]) for at in range(before, len(line.values))]
    if question.cumulative:
        total: float = 0
        for at, value in enumerate(line.values):
            total += value or 0
            line.values[at] = total


def _mean(values: list[float | int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
