"""The questions, their goals, and the numbers of an answer that the peers must agree with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from events.query.types import AnyQuestion, parse_question

ZONE = "Europe/Berlin"  # its clocks change within the 90 days
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MONTH = {"from": "2026-10-25", "to": "2026-11-23", "timezone": ZONE}
QUARTER = {"from": "2026-08-26", "to": "2026-11-23", "timezone": ZONE}

Numbers = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`numbers` turns our answer into the rows that a peer's `sql/<peer>_<name>.sql` returns, sorted."""

    name: str
    about: str
    goal_ms: int | None
    asked: dict[str, Any]
    numbers: Callable[[dict[str, Any]], Numbers]

    @property
    def question(self) -> AnyQuestion:
        return parse_question(self.asked)


def _lines(answer: dict[str, Any]) -> Numbers:
    """Rows of (value, day, number); the day of a line's total is empty."""
    found: Numbers = []
    for line in answer["series"]:
        value = line["breakdown"][0] if line["breakdown"] else ""
        found += [(value, day, n) for day, n in zip(answer["buckets"], line["values"], strict=True) if n]
        found.append((value, "", line["total"]))
    return sorted(found)


def _steps(answer: dict[str, Any]) -> Numbers:
    return [tuple(step["count"] for step in answer["steps"])]


def _cells(answer: dict[str, Any]) -> Numbers:
    return sorted(
        (cohort["start"], period, n) for cohort in answer["cohorts"] for period, n in enumerate(cohort["counts"]) if n
    )


def _links(answer: dict[str, Any]) -> Numbers:
    return sorted(
        (int(link["source"].partition(":")[0]), link["source"].partition(":")[2], link["target"].partition(":")[2],
         link["count"])
        for link in answer["links"]
    )  # fmt: skip


QUESTIONS = (
    Asked(
        "uniques", "daily uniques of any event, 30 days", 200,
        {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}], "range": MONTH}, _lines,
    ),
    Asked(
        "breakdown", "page views a day by a JSON property, 30 days", 250,
        {"kind": "trends", "series": [{"event": "page_view"}], "breakdown": [{"property": "plan"}], "range": MONTH},
        _lines,
    ),
    Asked(
        "breakdown_uniques", "daily uniques by a JSON property, 30 days", None,
        {"kind": "trends", "series": [{"event": "page_view", "measure": "uniques"}],
         "breakdown": [{"property": "plan"}], "range": MONTH},
        _lines,
    ),
    Asked(
        "funnel", "3 steps in 7 days, 30 days", 300,
        {"kind": "funnel", "range": MONTH, "window": {"n": 7, "unit": "day"},
         "steps": [{"event": "page_view"}, {"event": "literature_search"}, {"event": "paper_saved"}]},
        _steps,
    ),
    Asked(
        "retention", "weekly, from the first sign-up to any event, 90 days", 600,
        {"kind": "retention", "range": QUARTER, "unit": "week", "periods": 13,
         "start": {"event": "signup_completed"}, "return": {"event": "*"}},
        _cells,
    ),
    Asked(
        "flows", "4 steps after a search, repeats as one, 30 days", 800,
        {"kind": "flows", "range": MONTH, "anchor": {"event": "literature_search"}, "depth": 4, "top": 20}, _links,
    ),
)  # fmt: skip
