"""Funnel: a bar a step with what was lost before it; times between steps; one bar a breakdown value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from dashboards.charts.formats import event_label, say, values_label
from dashboards.charts.model import OTHER, At, Axes, Cell, Chart, Column, Row, Series, Table
from events.query.types import Funnel, to_json

VIEWS = (("bar", "Bars"), ("times", "Times"), ("table", "Table"))
Steps = Sequence[Mapping[str, Any]]
COLUMNS = ("Count", "Of all", "Of step before", "Lost before", "Median time", "90% within")


def chart(question: Funnel, answer: Mapping[str, Any], view: str, *, id: str, title: str, low: bool = False) -> Chart:
    steps: Steps = answer["steps"]
    parts = answer.get("breakdowns", [])
    labels = [f"{number}. {event_label(step['event'])}" for number, step in enumerate(steps, 1)]
    drawing = None
    if view == "times":
        drawing = Axes(labels[1:], _times(steps, parts), format="seconds", by_time=False)
    elif view != "table":
        points: list[At] = [{"step": number} for number in range(1, len(steps) + 1)]
        series = _shares(parts) if parts else _bars(steps)
        drawing = Axes(labels, series, points=points, format="share" if parts else "count", by_time=False)
    return Chart(
        id=id,
        title=title,
        table=_table(labels, steps, parts),
        description=_description(title, labels, steps),
        drawing=drawing,
        question=to_json(question),
        low=low,
        is_empty=not steps or not steps[0]["count"],
    )


def _bars(steps: Steps) -> list[Series]:
    """What came through, and faded on top of it what did not."""
    counts = [step["count"] for step in steps]
    lost = [None, *[before - after for before, after in pairwise(counts)]]
    ats = [{"step": number, "converted": False} for number in range(1, len(steps) + 1)]
    # a step of a narrow chart has room for five signs
    texts = ["100%" if step["from_start"] == 1 else say(step["from_start"], "share") for step in steps]
    said = [f"{say(count)} · {text} of all" for count, text in zip(counts, texts, strict=True)]
    return [
        Series("Came through", counts, mark="bar", stack="steps", colour=1, texts=texts, said=said),
        Series("Lost before the step", lost, mark="bar", stack="steps", colour=1, faded=True, ats=ats),
    ]


def _shares(parts: Sequence[Mapping[str, Any]]) -> list[Series]:
    """One bar a value beside the others, as shares of its own first step: sizes differ, shares compare."""
    return [
        Series(
            values_label(part["value"]),
            [step["from_start"] for step in part["steps"]],
            mark="bar",
            stack=str(number),
            colour=0 if OTHER in part["value"] else None,
            at={"breakdown": part["value"]},
            said=[f"{say(step['from_start'], 'share')} · {say(step['count'])}" for step in part["steps"]],
        )
        for number, part in enumerate(parts)
    ]


def _times(steps: Steps, parts: Sequence[Mapping[str, Any]]) -> list[Series]:
    if not parts:
        return [
            Series("Median", [step["median_seconds"] for step in steps[1:]], mark="bar", stack="median"),
            Series("90% within", [step["p90_seconds"] for step in steps[1:]], mark="bar", stack="p90"),
        ]
    return [
        Series(
            f"{values_label(part['value'])}, median",
            [step["median_seconds"] for step in part["steps"][1:]],
            mark="bar",
            stack=str(number),
            colour=0 if OTHER in part["value"] else None,
        )
        for number, part in enumerate(parts)
    ]


def _table(labels: Sequence[str], steps: Steps, parts: Sequence[Mapping[str, Any]]) -> Table:
    rows = [_row(label, steps, number, {}) for number, label in enumerate(labels)]
    for part in parts:
        at = {"breakdown": part["value"]}
        name = values_label(part["value"])
        rows += [_row(f"{name}: {label}", part["steps"], number, at) for number, label in enumerate(labels)]
    return Table("Step", [Column(label) for label in COLUMNS], rows)


def _row(label: str, steps: Steps, number: int, at: At) -> Row:
    step, here = steps[number], {**at, "step": number + 1}
    lost = steps[number - 1]["count"] - step["count"] if number else None
    cells = [
        Cell.of(step["count"], at=here),
        Cell.of(step["from_start"], "share"),
        Cell.of(step["from_previous"] if number else None, "share"),
        Cell.of(lost, at={**here, "converted": False}),
        Cell.of(step["median_seconds"], "seconds"),
        Cell.of(step["p90_seconds"], "seconds"),
    ]
    return Row(label, cells, strong=not number)


def _description(title: str, labels: Sequence[str], steps: Steps) -> str:
    parts = [
        f"{label}: {say(step['count'])}, {say(step['from_start'], 'share')} of all."
        for label, step in zip(labels, steps, strict=True)
    ]
    return f"{title}, a funnel of {len(steps)} steps. {' '.join(parts)}"
