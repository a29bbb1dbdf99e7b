"""Stickiness: how many people were active in exactly, or at least, n intervals; a bar each, or a line a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.charts.formats import values_label
from dashboards.charts.listing import listed
from dashboards.charts.model import OTHER, SHOWN, At, Axes, Cell, Chart, Column, Row, Series, Table
from dashboards.charts.over_time import sentence
from events.query.types import Stickiness, to_json

VIEWS = (("bar", "Chart"), ("table", "Table"))
Counts = Sequence[Mapping[str, Any]]


def chart(
    question: Stickiness, answer: Mapping[str, Any], view: str, *, id: str, title: str, low: bool = False
) -> Chart:
    counts, parts = answer["counts"], answer.get("breakdowns", [])
    more = " or more" if question.at_least else ""
    plus = "+" if question.at_least else ""
    labels = [f"{each['n']}{plus} {question.interval}{'s' if each['n'] > 1 else ''}" for each in counts]
    series = [_line(part) for part in parts] or [Series("People", _users(counts), mark="bar")]
    values = [(values_label(part["value"]), _rows(question, part["counts"], _at(part))) for part in parts]
    rows, remark = listed(_rows(question, counts, {}), values)
    said = " ".join(sentence(each, labels) for each in series[:SHOWN])
    return Chart(
        id=id,
        title=title,
        table=Table("Active in", [Column("People"), Column("Of all")], rows),
        description=f"{title}: people by the number of {question.interval}s they were active in{more}. {said}",
        drawing=None
        if view == "table"
        else Axes(labels, series, points=[{"n": each["n"]} for each in counts], by_time=False),
        question=to_json(question),
        remark=remark,
        low=low,
        is_empty=not any(_users(counts)),
    )


def _line(part: Mapping[str, Any]) -> Series:
    colour = 0 if OTHER in part["value"] else None
    return Series(values_label(part["value"]), _users(part["counts"]), colour=colour, at=_at(part))


def _at(part: Mapping[str, Any]) -> At:
    return {"breakdown": list(part["value"])}


def _users(counts: Counts) -> list[int]:
    return [each["users"] for each in counts]


def _rows(question: Stickiness, counts: Counts, at: At) -> list[Row]:
    """`Of all` is of those who are in these counts at all."""
    users = _users(counts)
    everyone = users[0] if question.at_least and users else sum(users)
    more = " or more" if question.at_least else ""
    return [
        Row(f"{each['n']} {question.interval}{'s' if each['n'] > 1 else ''}{more}", [
            Cell.of(each["users"], at={**at, "n": each["n"]}),
            Cell.of(each["users"] / everyone if everyone else None, "share"),
        ])
        for each in counts
    ]  # fmt: skip
