"""Retention: a heat-map of shares, which is its table, or curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.charts.formats import bucket_label, say, values_label
from dashboards.charts.model import OTHER, Axes, Cell, Chart, Column, Row, Series, Table
from dashboards.charts.over_time import sentence
from events.query.types import Retention, to_json

VIEWS = (("heat", "Heat-map"), ("curve", "Curves"))
STEPS = 7
Cohort = Mapping[str, Any]


def chart(
    question: Retention, answer: Mapping[str, Any], view: str, *, id: str, title: str, low: bool = False
) -> Chart:
    average = answer["average"]
    labels = [f"{question.unit.capitalize()} {period}" for period in range(len(average))]
    curves = [Series("Average", average, colour=1), *_curves(question, answer)]
    return Chart(
        id=id,
        title=title,
        table=Table("Cohort", [Column("People"), *[Column(label) for label in labels]], _rows(question, answer)),
        description=f"{title}: share of a cohort that came back, by {question.unit}. "
        + sentence(curves[0], labels, "share"),
        drawing=Axes(labels, curves, format="share", by_time=False) if view == "curve" else None,
        question=to_json(question),
        remark="Not over yet: cells with a dashed edge, left out of the average." if view == "heat" else "",
        low=low,
        is_empty=not any(cohort["size"] for cohort in answer["cohorts"]),
    )


def _curves(question: Retention, answer: Mapping[str, Any]) -> list[Series]:
    """One a breakdown value, else one a cohort, the newest first; only periods that are over."""
    if parts := answer.get("breakdowns"):
        return [
            Series(values_label(part["value"]), part["average"], colour=0 if OTHER in part["value"] else None)
            for part in parts
        ]
    return [
        Series(
            _label(question, cohort),
            [
                _share(cohort, period) if done else None
                for period, done in enumerate(cohort["complete"])
            ],
            ats=[{"cell": [cohort["start"], period]} for period in range(len(cohort["counts"]))],
            said=[
                f"{say(_share(cohort, period), 'share')} · {say(count)} of {say(cohort['size'])}" if done else ""
                for period, (count, done) in enumerate(zip(cohort["counts"], cohort["complete"], strict=True))
            ],
        )
        for cohort in reversed(answer["cohorts"])
        if cohort["size"]
    ]  # fmt: skip


def _rows(question: Retention, answer: Mapping[str, Any]) -> list[Row]:
    rows = _group(question, "All cohorts", answer, {})
    for part in answer.get("breakdowns", []):
        rows += _group(question, values_label(part["value"]), part, {"breakdown": part["value"]})
    return rows


def _group(question: Retention, name: str, part: Mapping[str, Any], at: Mapping[str, Any]) -> list[Row]:
    cohorts: Sequence[Cohort] = part["cohorts"]
    later = [_share(cohort, period) or 0 for cohort in cohorts for period in range(1, len(cohort["counts"]))]
    top = max(later, default=0) or 1
    size = sum(cohort["size"] for cohort in cohorts)
    average = [_heated(share, period, top) for period, share in enumerate(part["average"])]
    rows = [Row(name, [Cell.of(size), *average], strong=True)]
    for cohort in cohorts:
        first = Cell.of(cohort["size"], at={**at, "cell": [cohort["start"], 0]})
        rows.append(Row(_label(question, cohort), [first, *_cells(cohort, at, top)]))
    return rows


def _cells(cohort: Cohort, at: Mapping[str, Any], top: float) -> list[Cell]:
    cells = []
    for period, (count, done) in enumerate(zip(cohort["counts"], cohort["complete"], strict=True)):
        if not count and not done:  # it has hardly begun: nothing can be said
            cells.append(Cell("", ""))
            continue
        behind = {**at, "cell": [cohort["start"], period]}
        share = _share(cohort, period)
        cells.append(Cell(share, say(share, "share"), behind, _heat(share, period, top), open=not done))
    return cells


def _heated(share: float | None, period: int, top: float) -> Cell:
    return Cell(share, say(share, "share"), heat=_heat(share, period, top))


def _heat(share: float | None, period: int, top: float) -> int:
    """1 to 7 of the largest share after period 0, which is all of them and would leave the rest pale."""
    if not share or not period:
        return 0
    return min(STEPS, 1 + int(STEPS * share / top))


def _share(cohort: Cohort, period: int) -> float | None:
    return cohort["counts"][period] / cohort["size"] if cohort["size"] else None


def _label(question: Retention, cohort: Cohort) -> str:
    return bucket_label(cohort["start"], question.unit)
