"""A funnel, for one actor: the same rows and the same attempts.py as the builder, with the reasons told."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from events.query.asking import Asking
from events.query.attempts import Attempt, Row, Rules, Walk
from events.query.funnel_events import micros
from events.query.funnel_rows import rows_of_actor_sql, rules_of
from events.query.types import Events, Funnel
from events.query.wording import clock, duration, iso, later

SHOWN = 50


def explain(asking: Asking, question: Funnel, who: Any) -> dict[str, Any]:
    """`{"counted", "summary", "attempts"}`; `counts` tells the attempts that the funnel's numbers hold."""
    rules = rules_of(asking, question)
    told: list[dict[str, Any]] = []
    for _, of_unit in groupby(asking.rows(rows_of_actor_sql(asking, question, who)), key=itemgetter(1)):
        unit = Unit(asking, question, rules, list(of_unit))
        told += unit.attempts()
    counting = [attempt for attempt in told if attempt["counts"]]
    return {"counted": bool(counting), "summary": _summary(question, told, counting), "attempts": told[:SHOWN]}


def _summary(question: Funnel, told: list[dict[str, Any]], counting: list[dict[str, Any]]) -> str:
    if not counting:
        first = "any step" if question.order == "any" else f"step 1, {_name(question.steps[0].event)},"
        return f"Not in this funnel: {first} did not happen in the range."
    level = max(attempt["level"] for attempt in counting)
    if question.counting == "uniques":
        more = f" It is the furthest of {len(told)} attempts." if len(told) > 1 else ""
        return f"Counts once, with {level} of {len(question.steps)} steps.{more}"
    return (
        f"Counts {len(counting)} times ({question.counting}); the furthest did {level} of {len(question.steps)} steps."
    )


class Unit:
    """One actor's rows, or one session's."""

    def __init__(self, asking: Asking, question: Funnel, rules: Rules, raw: list[tuple[Any, ...]]) -> None:
        held = len(question.hold)
        self.asking, self.question, self.rules = asking, question, rules
        self.walk = Walk(
            [Row(row[2], row[3], row[4], row[5], row[6 : 6 + held], row[6 + held : -2]) for row in raw], rules
        )
        self.ids = [row[-2] for row in raw]
        self.names = [row[-1] for row in raw]

    def attempts(self) -> list[dict[str, Any]]:
        """Those that count; with `uniques` and `sessions` also those that came less far."""
        counted = {attempt.filled[0]: attempt for attempt in self.walk.counted()}
        if self.rules.counting == "totals":
            return [self._told(attempt, True) for attempt in counted.values()]
        starts = list(self.walk.starts())
        shown = {*starts[:SHOWN], *counted}
        return [self._told(counted.get(start) or self.walk.attempt(start), start in counted) for start in sorted(shown)]

    def _told(self, attempt: Attempt, counts: bool) -> dict[str, Any]:
        done = [self._done(attempt, number) for number in range(attempt.level)]
        missed = self._missed(attempt) if attempt.level < self.rules.steps else None
        return {
            "started": iso(self._ts(attempt.filled[0])),
            "counts": counts,
            "level": attempt.level,
            "ended": missed["status"] if missed else "converted",
            "steps": [*done, missed] if missed else done,
        }

    def _done(self, attempt: Attempt, number: int) -> dict[str, Any]:
        row, step = attempt.filled[number], attempt.steps[number]
        waited = self._ts(row) - self._ts(attempt.filled[number - 1]) if number else None
        if waited is None:
            sentence = f"Entered {self._clock(row)} with `{self.names[row]}`."
        else:
            when = f"{later(waited)}, at {self._clock(row)}"
            sentence = f"`{self.names[row]}` came {when}: step {step + 1} is done."
        return self._line(step, "done", row, waited, sentence)

    def _missed(self, attempt: Attempt) -> dict[str, Any]:
        """The first step that is not done, and what decided it."""
        if attempt.excluded_by is not None:
            row = attempt.excluded_by
            since = self._ts(row) - self._ts(attempt.filled[-1])
            text = (
                f"`{self.names[row]}` came {duration(since)} after step {attempt.level}: an exclusion ends the attempt."
            )
            return self._line(self._next(attempt), "excluded", row, since, text)
        return self._interrupted(attempt) or self._other_value(attempt) or self._late(attempt) or self._never(attempt)

    def _interrupted(self, attempt: Attempt) -> dict[str, Any] | None:
        """Strict order: something else came first."""
        if self.rules.order != "strict":
            return None
        row = self._later(attempt, lambda number: self._fits(attempt, number))
        if row is None or self._ts(row) > self._deadline(attempt) or self._holds(attempt, row) is False:
            return None
        if self.walk.rows[row].position == self.walk.rows[attempt.filled[-1]].position + 1:
            return None
        since = self._ts(row) - self._ts(attempt.filled[-1])
        text = f"`{self.names[row]}` came {later(since)}, but other events lie between: the order is strict."
        return self._line(self._next(attempt), "interrupted", row, since, text)

    def _other_value(self, attempt: Attempt) -> dict[str, Any] | None:
        """Held properties differ."""
        row = self._later(attempt, lambda number: self._fits(attempt, number) and not self._holds(attempt, number))
        if row is None or self._ts(row) > self._deadline(attempt):
            return None
        since = self._ts(row) - self._ts(attempt.filled[-1])
        held = ", ".join(self.question.hold)
        text = f"`{self.names[row]}` came {later(since)}, but with another {held} than step 1."
        return self._line(self._next(attempt), "other_value", row, since, text)

    def _late(self, attempt: Attempt) -> dict[str, Any] | None:
        """It happened, but after the window."""
        deadline = self._deadline(attempt)
        row = self._later(
            attempt,
            lambda number: self._ts(number) > deadline and self._fits(attempt, number) and self._holds(attempt, number),
        )
        if row is None:
            return None
        since = self._ts(row) - self._ts(attempt.filled[0])
        text = f"`{self.names[row]}` came {duration(since)} after the start: outside the window of {self._window()}."
        return self._line(self._next(attempt), "outside_window", row, since, text)

    def _never(self, attempt: Attempt) -> dict[str, Any]:
        step = self._next(attempt)
        name = _name(self.question.steps[step].event)
        if self._deadline(attempt) >= micros(self.asking.now):
            until = clock(self._deadline(attempt), self.asking.period.zone)
            return self._line(
                step, "waiting", None, None, f"{name} has not come yet; the window is open until {until}."
            )
        if self.rules.counting == "sessions":
            return self._line(step, "not_done", None, None, f"{name} never came later in this session.")
        return self._line(step, "not_done", None, None, f"{name} never came after step {attempt.level}.")

    # --- small looks ---------------------------------------------------------------------------------------

    def _later(self, attempt: Attempt, test: Any) -> int | None:
        """The first row that is not earlier than the last step, is not used, and passes."""
        last = attempt.filled[-1]
        for number, row in enumerate(self.walk.rows):
            if row.ts >= self._ts(last) and number not in attempt.filled and test(number):
                return number
        return None

    def _fits(self, attempt: Attempt, number: int) -> bool:
        """Whether a row could have been the next step: in `any` order, one of those not done."""
        left = [step for step in range(self.rules.steps) if step not in attempt.steps]
        wanted = left if self.rules.order == "any" else left[:1]
        return any(self.walk.rows[number].steps >> step & 1 for step in wanted)

    def _next(self, attempt: Attempt) -> int:
        return next(step for step in range(self.rules.steps) if step not in attempt.steps)

    def _holds(self, attempt: Attempt, number: int) -> bool:
        return self.walk.rows[number].hold == self.walk.rows[attempt.filled[0]].hold

    def _deadline(self, attempt: Attempt) -> int:
        return self._ts(attempt.filled[0]) + self.rules.window

    def _window(self) -> str:
        window = self.question.window
        return f"{window.n} {window.unit}{'s' if window.n > 1 else ''}"

    def _ts(self, number: int) -> int:
        return self.walk.rows[number].ts

    def _clock(self, number: int) -> str:
        return clock(self._ts(number), self.asking.period.zone)

    def _line(self, step: int, status: str, row: int | None, waited: int | None, sentence: str) -> dict[str, Any]:
        event = self.question.steps[step].event
        return {
            "step": step + 1,
            "event": event if isinstance(event, str) else list(event),
            "status": status,
            "at": None if row is None else iso(self._ts(row)),
            "event_id": None if row is None else self.ids[row],
            "seconds": None if waited is None else waited / 1_000_000,
            "sentence": sentence,
        }


def _name(events: Events) -> str:
    return " or ".join(f"`{name}`" for name in ([events] if isinstance(events, str) else events))
