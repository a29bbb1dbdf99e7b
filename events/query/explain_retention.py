"""Retention, for one actor: its birth, and for each period the event that brought it back, or why none did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.funnel_events import micros
from events.query.retention_cells import DAYS, Grid, grid_of
from events.query.types import Retention
from events.query.wording import clock, duration, edge, iso


@dataclass(frozen=True, slots=True)
class Seen:
    ts: int
    event_id: str
    name: str
    starts: bool
    returns: bool


def explain(asking: Asking, question: Retention, who: Any) -> dict[str, Any]:
    grid = grid_of(asking, question)
    seen = _seen(asking, question, who)
    births = _births(asking, question, grid, seen)
    told = [_told(asking, question, grid, seen, cohort, birth) for cohort, birth in births.items()]
    return {"counted": bool(told), "summary": _summary(asking, question, grid, seen, births), "births": told}


def _seen(asking: Asking, question: Retention, who: Any) -> list[Seen]:
    """The actor's start and return events, by time."""
    start, back = question.start, question.return_
    asking.prepare(names_in((*asking.filters, *start.filters, *back.filters)))
    rows = asking.rows(f"""
        WITH e AS ({asking.events(None, None)}),
        s AS (
            SELECT ts, seq, event_id, event_name, {conditions.step(start.event, start.filters, asking.binds)} AS starts,
                {conditions.step(back.event, back.filters, asking.binds)} AS returns
            FROM e WHERE who = {asking.binds.add(who)} AND {conditions.all_of(asking.filters, asking.binds)}
        )
        SELECT epoch_us(ts), event_id, event_name, starts, returns FROM s WHERE starts OR returns ORDER BY ts, seq
    """)
    return [Seen(*row) for row in rows]


def _births(asking: Asking, question: Retention, grid: Grid, seen: list[Seen]) -> dict[int, Seen]:
    """Cohort's number → birth."""
    starts = [each for each in seen if each.starts]
    if question.birth == "first_time":
        starts = starts[:1]
    births: dict[int, Seen] = {}
    for each in starts:
        if micros(asking.period.since) <= each.ts < micros(asking.period.until):
            births.setdefault(_unit(grid, each.ts), each)
    return births


def _unit(grid: Grid, ts: int) -> int:
    return max(number for number, edge in enumerate(grid.edges) if micros(edge) <= ts)


def _summary(asking: Asking, question: Retention, grid: Grid, seen: list[Seen], births: dict[int, Seen]) -> str:
    if births:
        return "In the cohort of " + ", ".join(grid.labels[cohort] for cohort in births) + "."
    first = next((each for each in seen if each.starts), None)
    if first is None:
        return "In no cohort: the start event never happened."
    when = clock(first.ts, asking.period.zone)
    if question.birth == "first_time":
        return f"In no cohort: the first `{first.name}` ever was at {when}, outside the range."
    return f"In no cohort: the start event did not happen in the range; the first was at {when}."


def _told(
    asking: Asking, question: Retention, grid: Grid, seen: list[Seen], cohort: int, birth: Seen
) -> dict[str, Any]:
    periods = [_period(asking, question, grid, seen, cohort, birth, n) for n in range(question.periods)]
    at = {"cohort": grid.labels[cohort], "at": iso(birth.ts), "event_id": birth.event_id, "event": birth.name}
    return {**at, "periods": periods}


def _period(
    asking: Asking, question: Retention, grid: Grid, seen: list[Seen], cohort: int, birth: Seen, n: int
) -> dict[str, Any]:
    zone = asking.period.zone
    if n == 0:
        sentence = f"Born {clock(birth.ts, zone)} with `{birth.name}`."
        return _line(n, "birth", birth, sentence)
    start, end = _bounds(question, grid, cohort, birth, n)
    span = f"{question.unit} {n}, from {edge(start, zone)} to {edge(end, zone)}"
    for each in seen:
        if each.returns and each.ts >= start and (each.ts < end or question.criterion == "on_or_after"):
            later = "" if each.ts < end else " or later"
            after = duration(each.ts - birth.ts)
            return _line(n, "returned", each, f"Came back {after} after birth with `{each.name}`: in {span}{later}.")
    if end > micros(asking.now):
        return _line(n, "open", None, f"Not back yet: {span}, is not over.")
    return _line(n, "absent", None, f"No return event in {span}.")


def _bounds(question: Retention, grid: Grid, cohort: int, birth: Seen, n: int) -> tuple[int, int]:
    if question.clock == "calendar":
        return micros(grid.edges[cohort + n]), micros(grid.edges[cohort + n + 1])
    length = DAYS[question.unit] * 86_400_000_000
    return birth.ts + n * length, birth.ts + (n + 1) * length


def _line(n: int, status: str, event: Seen | None, sentence: str) -> dict[str, Any]:
    return {
        "period": n,
        "status": status,
        "at": event and iso(event.ts),
        "event_id": event and event.event_id,
        "sentence": sentence,
    }
