"""Lifecycle: new, returning and resurrecting stand on each other, dormant hangs below zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboards.charts.formats import say
from dashboards.charts.model import Axes, Chart, Note, Series
from dashboards.charts.over_time import over_time, table_of
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
) -> Chart:
    series = [
        Series(state.capitalize(), answer[state], mark="bar", colour=colour, at={"state": state})
        for state, colour in COLOURS.items()
    ]
    dormant = replace(
        series[-1], values=[-value for value in answer["dormant"]], said=list(map(say, answer["dormant"]))
    )
    hanging = [*series[:-1], dormant]
    made = over_time(
        id=id,
        title=title,
        buckets=answer["buckets"],
        series=hanging,
        incomplete=answer["incomplete"],
        interval=question.interval,
        notes=notes,
        low=low,
        question=to_json(question),
    )
    assert isinstance(made.drawing, Axes)
    table = table_of(replace(made.drawing, series=series), question.interval, picks=True)
    return replace(made, table=table, drawing=None if view == "table" else made.drawing)
