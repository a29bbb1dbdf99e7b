"""Attempts at a funnel by one actor (or within one session), event by event, in plain Python.

The builder sends questions here whose rules are more than one pass of windows can say; explain.py shows
the same decisions to people. Rows are those that can fill a step or exclude, by (ts, seq).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from events.query.placing import least, longest_prefix

Ended = Literal["converted", "excluded", "open"]


class Row(NamedTuple):
    """`ts` in µs; `position` among all of the actor's events; bit k of `steps`: may fill step k (from 0);
    bit x of `excludes`: is exclusion x; `hold`: the held properties' values; `values`: the breakdown's."""

    ts: int
    position: int
    steps: int
    excludes: int
    hold: tuple[Any, ...] = ()
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in µs; an attempt starts in [since, until). `exclusions` are (from, to), steps counted from 1."""

    steps: int
    window: int
    since: int
    until: int
    order: str = "ordered"
    counting: str = "uniques"
    exclusions: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """`filled`: numbers of the rows that were counted, in order; `steps`: the step that each fills, from 0.
    `excluded_by`: the row that ended it."""

    filled: tuple[int, ...]
    steps: tuple[int, ...]
    excluded_by: int | None = None

    @property
    def level(self) -> int:
        return len(self.filled)


class Walk:
    """The rows of one actor or session, and the attempts that start at each of them."""

    def __init__(self, rows: Sequence[Row], rules: Rules) -> None:
        self.rows = rows
        self.rules = rules
        self._tracks: dict[tuple[Any, ...], Track] = {}
        held: dict[tuple[Any, ...], list[int]] = {}
        for number, row in enumerate(rows):
            if row.steps:
                held.setdefault(row.hold, []).append(number)
        self._tracks = {hold: Track(rows, members, rules) for hold, members in held.items()}
        self._exclusions = [
            [number for number, row in enumerate(rows) if row.excludes >> each & 1]
            for each in range(len(rules.exclusions))
        ]
        self._exclusion_times = [[rows[number].ts for number in numbers] for numbers in self._exclusions]

    @property
    def ceiling(self) -> int:
        """No attempt can get further: some step has no row at all."""
        found = 0
        for row in self.rows:
            found |= row.steps
        if self.rules.order == "any":
            return found.bit_count()
        return (found ^ (found + 1)).bit_length() - 1  # ones at the low end

    def starts(self) -> Iterator[int]:
        """Numbers of the rows at which an attempt may start."""
        wanted = -1 if self.rules.order == "any" else 1
        for number, row in enumerate(self.rows):
            if row.steps & wanted and self.rules.since <= row.ts < self.rules.until:
                yield number

    def attempt(self, start: int) -> Attempt:
        attempt = self._tracks[self.rows[start].hold].follow(start)
        return self._exclude(attempt) if self.rules.exclusions else attempt

    def furthest(self) -> Attempt | None:
        """The attempt that gets furthest; of equals the earliest."""
        best: Attempt | None = None
        ceiling = self.ceiling
        for start in self.starts():
            attempt = self.attempt(start)
            if best is None or attempt.level > best.level:
                best = attempt
                if best.level >= ceiling:
                    break
        return best

    def one_after_another(self) -> list[Attempt]:
        """Every attempt; the next starts only after the last converted, timed out or was excluded."""
        found: list[Attempt] = []
        after, later_than = -1, -1
        for start in self.starts():
            if start <= after or self.rows[start].ts <= later_than:
                continue
            attempt = self.attempt(start)
            found.append(attempt)
            if attempt.excluded_by is not None:
                after = attempt.excluded_by
            elif attempt.level == self.rules.steps:
                after = max(attempt.filled)
            else:
                later_than = self.rows[start].ts + self.rules.window
        return found

    def counted(self) -> list[Attempt]:
        """The attempts that the question counts."""
        if self.rules.counting == "totals":
            return self.one_after_another()
        best = self.furthest()
        return [best] if best else []

    def _exclude(self, attempt: Attempt) -> Attempt:
        """Cut off by the first exclusion strictly after its first step and strictly before its second."""
        times = [self.rows[number].ts for number in attempt.filled]
        deadline = times[0] + self.rules.window
        ends: list[tuple[int, int]] = []
        for each, (from_step, to_step) in enumerate(self.rules.exclusions):
            if from_step > len(times):
                continue
            at = bisect_right(self._exclusion_times[each], times[from_step - 1])
            if at == len(self._exclusion_times[each]):
                continue
            ts = self._exclusion_times[each][at]
            if ts < times[to_step - 1] if to_step <= len(times) else ts <= deadline:
                ends.append((ts, self._exclusions[each][at]))
        if not ends:
            return attempt
        ts, number = min(ends)
        kept = sum(time <= ts for time in times)
        return Attempt(attempt.filled[:kept], attempt.steps[:kept], number)


class Track:
    """Rows with the same held values: where steps can be filled one after another."""

    def __init__(self, rows: Sequence[Row], members: list[int], rules: Rules) -> None:
        self.rows = rows
        self.rules = rules
        self.members = members
        self.of_step = [[number for number in members if rows[number].steps >> step & 1] for step in range(rules.steps)]
        self.times_of_step = [[rows[number].ts for number in numbers] for numbers in self.of_step]
        self.ambiguous = any(rows[number].steps & (rows[number].steps - 1) for number in members)
        times = [rows[number].ts for number in members]
        self.shared = {time for time, following in pairwise(times) if time == following}
        self.times = times
        self._groups: dict[int, list[int]] = {}
        self._classes: dict[int, list[int]] | None = None

    def follow(self, start: int) -> Attempt:
        match self.rules.order:
            case "strict":
                filled = self._strict(start)
            case "any":
                return self._any(start)
            case _:
                filled = self._ordered(start)
        return Attempt(tuple(filled), tuple(range(len(filled))))

    # --- ordered: the earliest time for each step; within one instant, as many steps as fit ----------------

    def _ordered(self, start: int) -> list[int]:
        deadline = self.rows[start].ts + self.rules.window
        filled, instant = [start], self.rows[start].ts
        if instant in self.shared:
            filled += self._run(instant, 1, start)
        while len(filled) < self.rules.steps:
            step = len(filled)
            at = bisect_right(self.times_of_step[step], instant)
            if at == len(self.times_of_step[step]) or self.times_of_step[step][at] > deadline:
                break
            instant = self.times_of_step[step][at]
            filled += self._run(instant, step, start) if instant in self.shared else [self.of_step[step][at]]
        return filled

    def _run(self, instant: int, step: int, start: int) -> list[int]:
        """Rows of one instant for steps `step`, `step` + 1, …: as many as can all have a row of their own."""
        rows = [number for number in self._group(instant) if number != start]
        left = [
            sum(1 << place for place, number in enumerate(rows) if self.rows[number].steps >> each & 1)
            for each in range(step, self.rules.steps)
        ]
        left = left[: longest_prefix(left)]
        return [rows[place] for place in least(left)]

    def _group(self, instant: int) -> list[int]:
        """Rows of one instant; of those that can fill the same steps, no more than could be needed."""
        if instant not in self._groups:
            group, seen = [], dict[int, int]()
            for at in range(bisect_left(self.times, instant), bisect_right(self.times, instant)):
                steps = self.rows[self.members[at]].steps
                seen[steps] = seen.get(steps, 0) + 1
                if seen[steps] <= self.rules.steps + 1:
                    group.append(self.members[at])
            self._groups[instant] = group
        return self._groups[instant]

    # --- strict: the very next event, by (ts, seq) ---------------------------------------------------------

    def _strict(self, start: int) -> list[int]:
        first = self.rows[start]
        filled = [start]
        while len(filled) < self.rules.steps and filled[-1] + 1 < len(self.rows):
            number = filled[-1] + 1
            row = self.rows[number]
            fits = row.steps >> len(filled) & 1 and row.hold == first.hold
            if not fits or row.position != self.rows[filled[-1]].position + 1 or row.ts > first.ts + self.rules.window:
                break
            filled.append(number)
        return filled

    # --- any: each event that adds a step ------------------------------------------------------------------

    def _any(self, start: int) -> Attempt:
        deadline = self.rows[start].ts + self.rules.window
        if not self.ambiguous:
            return self._any_by_step(start, deadline)
        filled, left = [start], [self.rows[start].steps]
        for number in self._candidates(start):
            if len(filled) == self.rules.steps or self.rows[number].ts > deadline:
                break
            if longest_prefix([*left, self.rows[number].steps]) > len(left):
                filled.append(number)
                left.append(self.rows[number].steps)
        return Attempt(tuple(filled), tuple(least(left)))

    def _any_by_step(self, start: int, deadline: int) -> Attempt:
        """Each row fits one step: the next of every other step."""
        own = self.rows[start].steps
        found = [start]
        for step, numbers in enumerate(self.of_step):
            at = bisect_right(numbers, start)
            if not own >> step & 1 and at < len(numbers) and self.times_of_step[step][at] <= deadline:
                found.append(numbers[at])
        found.sort()
        return Attempt(tuple(found), tuple(self.rows[number].steps.bit_length() - 1 for number in found))

    def _candidates(self, start: int) -> list[int]:
        """Rows after the start; of those that can fill the same steps, no more than could be needed."""
        if self._classes is None:
            self._classes = {}
            for number in self.members:
                self._classes.setdefault(self.rows[number].steps, []).append(number)
        found: list[int] = []
        for numbers in self._classes.values():
            at = bisect_right(numbers, start)
            found += numbers[at : at + self.rules.steps]
        return sorted(found)
