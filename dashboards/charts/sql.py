"""A statement's rows: the table, or its first text or time column × its numbers as lines or bars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.charts.formats import bucket_label, say
from dashboards.charts.model import SHOWN, Axes, Cell, Chart, Column, Row, Series, Table
from dashboards.charts.over_time import sentence
from events.query.types import Sql

VIEWS = (("table", "Table"), ("line", "Line"), ("bar", "Bar"))
DRAWN = 500  # points
LISTED = 1_000  # rows of the table: a page of ten thousand would be slow to read and to draw
DATED = re.compile(r"\d{4}-\d\d-\d\d($|T\d\d:\d\d)")
LONGEST = 300  # characters of a cell


def chart(
    question: Sql,
    answer: Mapping[str, Any],
    view: str,
    *,
    id: str,
    title: str,
    format: str = "count",
    low: bool = False,
) -> Chart:
    names = [column["name"] for column in answer["columns"]]
    rows = answer["rows"]
    numeric = [all(_is_number(row[at]) for row in rows) and bool(rows) for at in range(len(names))]
    axes = _axes(names, rows, numeric, "bar" if view == "bar" else "line", format) if view != "table" else None
    more = f" The first {LISTED:,} are listed." if len(rows) > LISTED else ""
    more += " There were more: the answer is cut." if answer.get("truncated") else ""
    return Chart(
        id=id,
        title=title,
        table=_table(names, rows, numeric, format),
        description=f"{title}: {len(rows):,} rows of {', '.join(map(str, names))}."
        + (" " + sentence(axes.series[0], axes.labels, format) if axes else ""),
        drawing=axes,
        remark=f"{len(rows):,} rows.{more}",
        low=low,
        is_empty=not rows,
    )


def _axes(names: Sequence[str], rows: Any, numeric: Sequence[bool], mark: str, format_: str) -> Axes | None:
    """None when no column has numbers: there is nothing to draw."""
    label = next((at for at, is_number in enumerate(numeric) if not is_number), 0)
    drawn = [at for at, is_number in enumerate(numeric) if is_number and at != label][:SHOWN]
    if not drawn:
        return None
    shown = rows[:DRAWN]
    series = [Series(names[at], [row[at] for row in shown], mark=mark, stack=str(at)) for at in drawn]
    return Axes([_label(row[label]) for row in shown], series, format=format_, by_time=False)


def _label(value: Any) -> str:
    """Days and times as buckets are labelled."""
    text = _text(value)
    return bucket_label(text, "day" if len(text) == 10 else "hour") if DATED.match(text) else text


def _table(names: Sequence[str], rows: Any, numeric: Sequence[bool], format_: str) -> Table:
    columns = [Column(name, number) for name, number in zip(names, numeric, strict=True)]
    return Table("Row", columns, [
        Row(str(number), [
            Cell.of(value, format_) if is_number else Cell.words(_text(value))
            for value, is_number in zip(row, numeric, strict=True)
        ])
        for number, row in enumerate(rows[:LISTED], 1)
    ])  # fmt: skip


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: Any) -> str:
    text = "–" if value is None else say(value) if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
