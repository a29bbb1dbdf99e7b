"""Stickiness: how many people were active in exactly, or at least, n intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.charts.model import Axes, Cell, Chart, Column, Row, Series, Table
from dashboards.charts.over_time import sentence
from events.query.types import Stickiness, to_json

VIEWS = (("bar", "Bar"), ("table", "Table"))


def chart(
    question: Stickiness, answer: Mapping[str, Any], view: str, *, id: str, title: str, low: bool = False
) -> Chart:
    counts = answer["counts"]
    users = [each["users"] for each in counts]
    points = [{"n": each["n"]} for each in counts]
    more = " or more" if question.at_least else ""
    plus = "+" if question.at_least else ""
    labels = [f"{each['n']}{plus} {question.interval}{'s' if each['n'] > 1 else ''}" for each in counts]
    series = Series("People", users, mark="bar")
    everyone = users[0] if question.at_least and users else sum(users)
    rows = [
        Row(f"{each['n']} {question.interval}{'s' if each['n'] > 1 else ''}{more}", [
            Cell.of(each["users"], at={"n": each["n"]}),
            Cell.of(each["users"] / everyone if everyone else None, "share"),
        ])
        for each in counts
    ]  # fmt: skip
    return Chart(
        id=id,
        title=title,
        table=Table("Active in", [Column("People"), Column("Of all")], rows),
        description=f"{title}: people by the number of {question.interval}s they were active in{more}. "
        + sentence(series, labels),
        drawing=None if view == "table" else Axes(labels, [series], points=points, by_time=False),
        question=to_json(question),
        low=low,
        is_empty=not any(users),
    )
