"""Numbers by bucket: the frame that trends and lifecycle share, and what has no question (ledger, overview)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.charts.formats import bucket_label, say
from dashboards.charts.model import SHOWN, Axes, Cell, Chart, Column, Note, Number, Row, Series, Table


def over_time(
    *,
    id: str,
    title: str,
    buckets: Sequence[str],
    series: Sequence[Series],
    incomplete: Sequence[bool] = (),
    interval: str = "day",
    format: str = "count",
    notes: Sequence[Note] = (),
    low: bool = False,
    question: Mapping[str, Any] | None = None,
    table: Table | None = None,
) -> Chart:
    """`buckets` are labels as answers have them (`2026-11-23`, `2026-11-23T14:00+01:00`), one value a series each."""
    labels = [bucket_label(bucket, interval) for bucket in buckets]
    partial = list(incomplete) or [False] * len(labels)
    points = [{"bucket": bucket} for bucket in buckets]
    axes = Axes(labels, series, partial, points, format, placed(notes, buckets, interval))
    return Chart(
        id=id,
        title=title,
        table=table or table_of(axes, interval, question is not None),
        description=description(title, axes, interval),
        drawing=axes,
        question=question,
        low=low,
        is_empty=not any(value for each in series for value in each.values),
    )


def placed(notes: Sequence[Note], buckets: Sequence[str], interval: str = "day") -> list[tuple[int, str, str]]:
    """(bucket, text, day) of the notes that fall into the range.

    The bucket is the last one that begins at or before the note; of a day's hours the first. The day is the note's
    own: a week's or a month's bucket begins earlier.
    """
    found = []
    for note in notes:
        begun = [at for at, bucket in enumerate(buckets) if bucket[: len(note.when)] < note.when[: len(bucket)]]
        same = [at for at, bucket in enumerate(buckets) if bucket[: len(note.when)] == note.when[: len(bucket)]]
        if begun or same:
            year = f" {note.when[:4]}" if interval == "month" else ""
            found.append((same[0] if same else begun[-1], note.text, bucket_label(note.when, "day") + year))
    return found


def table_of(axes: Axes, interval: str, picks: bool) -> Table:
    """Buckets down and series across; with more series than are drawn at first, the other way round."""
    return _buckets_across(axes, picks) if len(axes.series) > SHOWN else _buckets_down(axes, interval, picks)


def _buckets_down(axes: Axes, interval: str, picks: bool) -> Table:
    columns = [
        Column(label)
        for each in axes.series
        for label in [each.label, *([f"{each.label}, before"] * bool(each.compare))]
    ]
    rows = [
        Row(label, [cell for each in axes.series for cell in _cells(axes, each, at, picks)], _remark(axes, at))
        for at, label in enumerate(axes.labels)
    ]
    if any(each.total is not None for each in axes.series):
        totals = []
        for each in axes.series:
            totals += [Cell.of(each.total, axes.format, dict(each.at) if picks else None)]
            totals += [Cell.words("")] * bool(each.compare)
        rows.append(Row("Whole range", totals, strong=True))
    return Table(interval.capitalize(), columns, rows)


def _buckets_across(axes: Axes, picks: bool) -> Table:
    columns = [Column("Whole range"), *[Column(label) for label in axes.labels]]
    rows = [
        Row(
            each.label,
            [Cell.of(each.total, axes.format, dict(each.at) if picks else None)]
            + [_cells(axes, each, at, picks)[0] for at in range(len(axes.labels))],
        )
        for each in axes.series
    ]
    return Table("Series", columns, rows)


def _cells(axes: Axes, series: Series, at: int, picks: bool) -> list[Cell]:
    behind = {**series.at, **axes.points[at]} if picks else None
    cells = [Cell.of(series.values[at], axes.format, behind, open=axes.incomplete[at])]
    return cells + ([Cell.of(series.compare[at], axes.format)] if series.compare else [])


def _remark(axes: Axes, at: int) -> str:
    texts = [text for point, text, _ in axes.notes if point == at]
    return " · ".join([*(["so far"] if axes.incomplete[at] else []), *texts])


def description(title: str, axes: Axes, interval: str) -> str:
    """One sentence a series for who can't see the lines; ECharts' own text is wrong."""
    if not axes.labels:
        return f"{title}: no data."
    parts = [sentence(series, axes.labels, axes.format) for series in axes.series[:SHOWN]]
    more = f" And {len(axes.series) - SHOWN} more series, in the table." if len(axes.series) > SHOWN else ""
    return f"{title}, by {interval}, {axes.labels[0]} to {axes.labels[-1]}. {' '.join(parts)}{more}"


def sentence(series: Series, labels: Sequence[str], format_: str = "count") -> str:
    known: list[tuple[Any, str]] = [
        (value, label) for value, label in zip(series.values, labels, strict=True) if value is not None
    ]
    if not known:
        return f"{series.label}: no data."
    high, when = max(known, key=lambda pair: pair[0])
    low: Number = min(value for value, _ in known)
    words = [say(number, format_) for number in (low, high, known[-1][0])]
    return f"{series.label}: from {words[0]} to {words[1]} (most: {when}), last {words[2]}."
