"""Trends: lines, areas, stacked bars, a table, or one number with its change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboards.charts.figures import Figure, change_of
from dashboards.charts.formats import event_label, values_label
from dashboards.charts.model import OTHER, SHOWN, Chart, Note, Series
from dashboards.charts.over_time import over_time
from dashboards.charts.spark import sparkline
from events.query.types import Series as Counted
from events.query.types import Trends, to_json

VIEWS = (("line", "Line"), ("area", "Area"), ("bar", "Bar"), ("number", "Number"), ("table", "Table"))
LETTERS = "ABCDEFGHIJ"
BEFORE = {"previous_period": "period before", "previous_year": "year before"}


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
    names = _names(question)
    series = [_series(question, entry, mark, names) for entry in answer["series"]]
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
    made = replace(made, before=BEFORE.get(question.compare or "", ""))
    if view == "number":
        pairs = zip(series[:SHOWN], answer["series"], strict=False)
        figures = [_figure(each, answer, entry, format, behind is not None) for each, entry in pairs]
        return replace(made, drawing=None, figures=figures)
    return replace(made, drawing=None) if view == "table" else made


def _names(question: Trends) -> list[str]:
    """What the lines are called here, '' as the answer calls them: a measure that all share is not said, and
    names that are the same are told apart by the letters of the builder."""
    return [""] if question.formula else names_of(question)


def names_of(question: Trends) -> list[str]:
    """One a series: its label, else its event and, unless all share it, the measure."""
    kinds = {(each.measure, each.property) for each in question.series}
    found = [each.label or event_label(each.event) for each in question.series]
    if len(found) < 2 or len(kinds) > 1:
        return [each.label or name + measured(each) for each, name in zip(question.series, found, strict=True)]
    lettered = zip(LETTERS, found, strict=False)
    return [f"{letter}: {name}" if found.count(name) > 1 else name for letter, name in lettered]


def measured(series: Counted) -> str:
    """` · sum of price`, as it stands behind a name."""
    return f" · {series.measure}" + (f" of {series.property}" if series.property else "")


def _series(question: Trends, entry: Mapping[str, Any], mark: str, names: Sequence[str]) -> Series:
    values = entry["breakdown"]
    parts = [values_label(values)] if values else []
    if not values or (len(question.series) > 1 and not question.formula):
        parts.insert(0, names[entry["series"] or 0] or entry["label"])
    return Series(
        label=" · ".join(parts),
        values=entry["values"],
        compare=entry.get("compare", ()),
        mark=mark,
        colour=0 if OTHER in values else None,
        at={**({"series": entry["series"]} if entry["series"] else {}), **({"breakdown": values} if values else {})},
        total=entry["total"],
    )


def _figure(series: Series, answer: Mapping[str, Any], entry: Mapping[str, Any], format_: str, picks: bool) -> Figure:
    before = entry.get("compare_total")
    spark = sparkline(series.values, any(answer["incomplete"][-1:]))
    return Figure(series.label, series.total, before, change_of(series.total, before), format_, spark=spark,
                  at=dict(series.at) if picks else None)  # fmt: skip
