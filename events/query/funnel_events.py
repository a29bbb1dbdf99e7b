"""What both ways to find a funnel's attempts read: the question's parts as expressions over rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from events.query import conditions, properties, sessions
from events.query.asking import Asking, names_in
from events.query.types import Funnel


@dataclass(frozen=True, slots=True)
class Parts:
    """Expressions over `e`: a condition for each step and exclusion, texts of held and breakdown properties."""

    steps: tuple[str, ...]
    exclusions: tuple[str, ...]
    hold: tuple[str, ...]
    values: tuple[str, ...]
    world: str  # the question's own filters: rows outside them do not exist for it

    @property
    def any_step(self) -> str:
        return "(" + " OR ".join(self.steps) + ")"


def parts_of(asking: Asking, question: Funnel) -> Parts:
    filters = [each for step in question.steps for each in step.filters]
    filters += [each for exclusion in question.exclusions for each in exclusion.filters]
    asking.prepare([*names_in((*asking.filters, *filters), question.breakdown), *question.hold])
    binds = asking.binds
    return Parts(
        steps=tuple(conditions.step(step.event, step.filters, binds) for step in question.steps),
        exclusions=tuple(conditions.step(each.event, each.filters, binds) for each in question.exclusions),
        hold=tuple(properties.text(name, binds) for name in question.hold),
        values=tuple(properties.text(each.property, binds) for each in question.breakdown),
        world=conditions.all_of(asking.filters, binds),
    )


def source_of(asking: Asking, question: Funnel) -> str:
    """Body of the CTE `e`: the range and one window more. An event at exactly start + window still counts,
    and the last start lies before the range's end: so the bound is exclusive."""
    until = asking.period.until + timedelta(seconds=question.window.seconds)
    return _with_units(question, asking.events(asking.period.since, until))


def whole_source_of(asking: Asking, question: Funnel) -> str:
    """The same without bounds."""
    return _with_units(question, asking.events(None, None))


def _with_units(question: Funnel, rows: str) -> str:
    return sessions.with_sessions(rows) if question.counting == "sessions" else rows


def unit_of(question: Funnel) -> str:
    return "session" if question.counting == "sessions" else "0"


def micros(moment: datetime) -> int:
    """An instant as DuckDB's epoch_us() counts it."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
