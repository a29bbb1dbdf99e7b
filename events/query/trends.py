"""Trends: a measure of some events by bucket, broken down, compared, smoothed, combined by a formula.

Each series is measured over the buckets by one statement that yields rows of (bucket, *values, measure, ignored):
trends_counts.py, trends_numbers.py or trends_windows.py. A row without a bucket is the total over the range: for
`uniques` distinct over all of it, not a sum. trends_lines.py makes lines of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from events.query import trends_counts, trends_numbers, trends_windows
from events.query.asking import Asking
from events.query.buckets import Buckets, buckets_of, with_lead
from events.query.compared import compared_buckets
from events.query.trends_lines import Line, Lines, combined, lines_of, nothing, shape
from events.query.trends_measuring import Measuring
from events.query.types import OF_PROPERTY, Series, Trends
from events.query.values import OTHER, TOP, Key


def answer(asking: Asking, question: Trends) -> dict[str, Any]:
    """`{"buckets", "incomplete", "series": [{"label", "series", "breakdown", "values", "total", "compare"?}]}`."""
    shown = buckets_of(asking.period, question.interval, asking.now)
    buckets = with_lead(asking.period, shown, (question.rolling or 1) - 1, asking.now)
    lines = _lines(asking, question, buckets, shown.count)
    compared: list[Lines] | None = None
    if question.compare:
        earlier = compared_buckets(asking.period, question, buckets, shown.count, asking.now)
        compared = _lines(asking, question, earlier, shown.count, [list(found) for found in lines])
    series = [
        {"label": label, "series": number, "breakdown": list(key)}
        | _drawn(line, compared[number][key] if compared is not None else None)
        for number, (label, found) in enumerate(zip(_labels(question), lines, strict=True))
        for key, line in found.items()
    ]
    return {"buckets": list(shown.labels), "incomplete": list(shown.incomplete), "series": series}


def _labels(question: Trends) -> list[str]:
    if question.formula:
        return [question.formula]
    return [series.label or _label(series) for series in question.series]


def _label(series: Series) -> str:
    events = series.event if isinstance(series.event, str) else " or ".join(series.event)
    return f"{events} · {series.measure}" + (f" of {series.property}" if series.property else "")


def _drawn(line: Line, compared: Line | None) -> dict[str, Any]:
    drawn: dict[str, Any] = {"values": line.values, "total": line.total}
    if line.ignored:
        drawn["ignored"] = line.ignored
    if compared is not None:
        drawn |= {"compare": compared.values, "compare_total": compared.total}
    return drawn


def _lines(
    asking: Asking, question: Trends, buckets: Buckets, shown: int, wanted: Sequence[Sequence[Key]] = ()
) -> list[Lines]:
    """For each series (or the formula) its lines by breakdown value, of the last `shown` buckets. `wanted`: the
    values that each is to have a line of, whatever its own largest are."""
    found: list[Lines] = []
    before = buckets.count - shown
    for number, series in enumerate(question.series):
        keys = wanted[0 if question.formula else number] if wanted else ()
        kept = kept_of(question, [keys, *found])
        lines = measure(asking, Measuring(series, question.breakdown, buckets, before, kept))
        for key in keys:
            lines.setdefault(key, nothing(series, buckets.count))
        found.append(lines)
    if question.formula:
        found = [combined(question.formula, question.series, found, buckets.count)]
    for lines in found:
        for line in lines.values():
            shape(line, question, before)
    return found


def kept_of(question: Trends, lines: Sequence[Iterable[Key]]) -> list[Key]:
    """The values that must not go under as `$other`, for those of the lines before: what is compared or combined
    has to mean the same. Lines with fewer than TOP values know them all, and leave room for others."""
    if not question.breakdown:
        return []
    among = lines if question.formula else lines[:1]
    return [key for key in dict.fromkeys(key for keys in among for key in keys) if OTHER not in key][:TOP]


def measure(asking: Asking, measuring: Measuring) -> Lines:
    """A series' lines by breakdown value, the largest first, `$other` last; the buckets ahead of the range included."""
    if measuring.series.measure in trends_windows.DAYS:
        rows = trends_windows.rows(asking, measuring)
    elif measuring.series.measure in OF_PROPERTY:
        rows = trends_numbers.rows(asking, measuring)
    else:
        rows = trends_counts.rows(asking, measuring)
    return lines_of(rows, measuring)
