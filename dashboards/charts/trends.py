"""Trends: lines, areas, stacked bars, a table, or one number with its change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboards.charts.figures import Figure, change_of
from dashboards.charts.formats import values_label
from dashboards.charts.model import OTHER, SHOWN, Chart, Note, Series
from dashboards.charts.over_time import over_time
from dashboards.charts.spark import sparkline
from events.query.types import Trends, to_json

VIEWS = (("line", "Line"), ("area", "Area"), ("bar", "Bar"), ("number", "Number"), ("table", "Table"))


def chart(
    question: Trends,
    answer: Mapping[str, Any],
    view: str,
    *,
    id: str,
    title: str,
    format: str = "count",
    notes: Sequence[Note] = (),
    low: bool = False,
) -> Chart:
    mark = view if view in {"area", "bar"} else "line"
    series = [_series(question, entry, mark) for entry in answer["series"]]
    # a formula's points have nobody behind them: they are made of several counts
    behind = None if question.formula else to_json(question)
    made = over_time(
        id=id,
        title=title,
        buckets=answer["buckets"],
        series=series,
        incomplete=answer["incomplete"],
        interval=question.interval,
        format=format,
        notes=notes,
        low=low,
        question=behind,
    )
    if view == "number":
        return replace(made, drawing=None, figures=[_figure(each, answer, entry, format) for each, entry in zip(
            series[:SHOWN], answer["series"], strict=False)])  # fmt: skip
    return replace(made, drawing=None) if view == "table" else made


def _series(question: Trends, entry: Mapping[str, Any], mark: str) -> Series:
    values = entry["breakdown"]
    parts = [values_label(values)] if values else []
    if not values or (len(question.series) > 1 and not question.formula):
        parts.insert(0, entry["label"])
    return Series(
        label=" · ".join(parts),
        values=entry["values"],
        compare=entry.get("compare", ()),
        mark=mark,
        colour=0 if OTHER in values else None,
        at={**({"series": entry["series"]} if entry["series"] else {}), **({"breakdown": values} if values else {})},
        total=entry["total"],
    )


def _figure(series: Series, answer: Mapping[str, Any], entry: Mapping[str, Any], format_: str) -> Figure:
    before = entry.get("compare_total")
    spark = sparkline(series.values, any(answer["incomplete"][-1:]))
    return Figure(series.label, series.total, before, change_of(series.total, before), format_, spark=spark)
