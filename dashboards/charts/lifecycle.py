"""Lifecycle: new, returning and resurrecting stand on each other, dormant hangs below zero; of all, or of one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboards.charts.formats import say, values_label
from dashboards.charts.listing import headed, listed
from dashboards.charts.model import At, Axes, Chart, Note, Row, Series, Table
from dashboards.charts.over_time import over_time, table_of
from dashboards.charts.picking import picker_of
from events.query.types import Lifecycle, to_json

VIEWS = (("bar", "Bar"), ("table", "Table"))
COLOURS = {"new": 3, "returning": 1, "resurrecting": 6, "dormant": 2}


def chart(
    question: Lifecycle,
    answer: Mapping[str, Any],
    view: str,
    *,
    id: str,
    title: str,
    notes: Sequence[Note] = (),
    low: bool = False,
    value: Sequence[Any] = (),
) -> Chart:
    picker = picker_of(question, answer, value)
    series = _series(picker.part, picker.at)
    gone = picker.part["dormant"]
    dormant = replace(series[-1], values=[-count for count in gone], said=list(map(say, gone)))
    made = over_time(
        id=id,
        title=f"{title}, {picker.said}" if picker.said else title,
        buckets=answer["buckets"],
        series=[*series[:-1], dormant],
        incomplete=answer["incomplete"],
        interval=question.interval,
        notes=notes,
        low=low,
        question=to_json(question),
    )
    assert isinstance(made.drawing, Axes)
    table, remark = _table(question, answer, made.drawing, picker.name, series)
    return replace(
        made,
        title=title,
        table=table,
        drawing=None if view == "table" else made.drawing,
        picker=picker,
        remark=picker.remark or remark,
    )


def _series(part: Mapping[str, Any], at: At) -> list[Series]:
    return [
        Series(state.capitalize(), part[state], mark="bar", colour=colour, at={**at, "state": state})
        for state, colour in COLOURS.items()
    ]


def _table(
    question: Lifecycle, answer: Mapping[str, Any], axes: Axes, name: str, series: Sequence[Series]
) -> tuple[Table, str]:
    """Dormant as a plain number; of the value that is drawn, else of everybody and of each value."""

    def table(of: Sequence[Series]) -> Table:
        return table_of(replace(axes, series=of), question.interval, picks=True)

    def rows(part: Mapping[str, Any]) -> list[Row]:
        return list(table(_series(part, {"breakdown": list(part["value"])})).rows)

    whole = table(series)
    if name:
        return replace(whole, rows=headed(name, whole.rows)), ""
    found, remark = listed(
        whole.rows, [(values_label(part["value"]), rows(part)) for part in answer.get("breakdowns", [])]
    )
    return replace(whole, rows=found), remark
