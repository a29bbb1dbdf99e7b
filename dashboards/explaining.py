"""An explanation as a page shows it: an attempt or a birth a part, what decided a step or a period a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.charts.formats import event_label
from dashboards.insights import compact
from events.query.types import Funnel, Retention

# status → what stands beside the sentence, and its tone
WORDS: dict[str, tuple[str, str]] = {
    "done": ("done", "good"),
    "outside_window": ("too late", "warn"),
    "excluded": ("excluded", "bad"),
    "interrupted": ("interrupted", "warn"),
    "other_value": ("another value", "warn"),
    "waiting": ("still open", ""),
    "not_done": ("did not happen", "bad"),
    "birth": ("born", "good"),
    "returned": ("came back", "good"),
    "open": ("not over", ""),
    "absent": ("not back", "bad"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`event_id` and `at` (RFC 3339) are of the event that decided; None where none did."""

    head: str
    word: str
    tone: str
    sentence: str
    at: str | None
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """`at`: when it began. `remark` and `tone`: whether it counts."""

    title: str
    at: str
    remark: str
    tone: str
    lines: list[Line]


def parts_of(question: Funnel | Retention, answer: Mapping[str, Any]) -> list[Part]:
    """Of what events/query/explain.py answers; of attempts, those that count first."""
    if isinstance(question, Funnel):
        numbered = sorted(enumerate(answer["attempts"], 1), key=lambda each: not each[1]["counts"])
        return [_attempt(number, attempt) for number, attempt in numbered]
    return [_birth(question, each) for each in answer["births"]]


def _attempt(number: int, attempt: Mapping[str, Any]) -> Part:
    remark, tone = ("counts", "good") if attempt["counts"] else ("does not count", "")
    lines = [_line(f"{step['step']}. {event_label(step['event'])}", step) for step in attempt["steps"]]
    return Part(f"Attempt {number}", attempt["started"], remark, tone, lines)


def _birth(question: Retention, birth: Mapping[str, Any]) -> Part:
    lines = [_line(f"{question.unit.capitalize()} {period['period']}", period) for period in birth["periods"]]
    return Part(f"Cohort of {birth['cohort']}", birth["at"], "counts", "good", lines)


def _line(head: str, told: Mapping[str, Any]) -> Line:
    word, tone = WORDS.get(told["status"], (told["status"], ""))
    return Line(head, word, tone, told["sentence"], told["at"], told["event_id"])


def address(question: Funnel | Retention) -> dict[str, str]:
    """The query of the page, without the person."""
    return {"q": compact.text(question)}
