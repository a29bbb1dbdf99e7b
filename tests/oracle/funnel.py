"""What a funnel means, by brute force: every way to fill the steps is tried. No SQL.

A row is a dict with `who ts seq name properties session`. A step is a function row → bool.
Readings of the specification where it leaves room:
- an exclusion lies strictly after its first step's instant and strictly before its second's; a step at the
  exclusion's own instant still counts;
- `totals`: the next attempt starts behind all events of the last, in order of (ts, seq), or behind the
  exclusion, or later than the end of the window;
- `sessions`: exclusions, too, are looked for in the session; `strict` minds all of the actor's events;
- a held property that is not set equals one that is not set;
- `any`: i and j of an exclusion count the steps done.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Funnel:
    steps: Sequence[Test]
    since: datetime
    until: datetime
    window: timedelta
    order: str = "ordered"
    counting: str = "uniques"
    exclusions: Sequence[tuple[Test, int, int]] = ()
    hold: Sequence[str] = ()


@dataclass
class Attempt:
    rows: list[Row]
    fills: list[int]  # step that each row fills, from 0
    end: Row | None = None  # the exclusion

    @property
    def level(self) -> int:
        return len(self.rows)


def place(row: Row) -> tuple[datetime, int]:
    return row["ts"], row["seq"]


def attempts(rows: list[Row], funnel: Funnel) -> list[Attempt]:
    """The attempts that count, of all actors."""
    found: list[Attempt] = []
    for _, actor_rows in grouped(rows, "who"):
        if funnel.counting == "sessions":
            for _, session_rows in grouped(actor_rows, "derived_session"):
                found += furthest(session_rows, actor_rows, funnel)
        elif funnel.counting == "totals":
            found += one_by_one(actor_rows, funnel)
        else:
            found += furthest(actor_rows, actor_rows, funnel)
    return found


def grouped(rows: list[Row], key: str) -> list[tuple[str, list[Row]]]:
    ordered = sorted(rows, key=lambda row: (row[key], place(row)))
    return [(value, list(group)) for value, group in itertools.groupby(ordered, key=lambda row: row[key])]


def starts(rows: list[Row], funnel: Funnel) -> list[Row]:
    tests = funnel.steps if funnel.order == "any" else funnel.steps[:1]
    return [row for row in rows if funnel.since <= row["ts"] < funnel.until and any(test(row) for test in tests)]


def furthest(rows: list[Row], world: list[Row], funnel: Funnel) -> list[Attempt]:
    tried = [attempt_from(start, rows, world, funnel) for start in starts(rows, funnel)]
    if not tried:
        return []
    top = max(attempt.level for attempt in tried)
    return [next(attempt for attempt in tried if attempt.level == top)]


def one_by_one(rows: list[Row], funnel: Funnel) -> list[Attempt]:
    found: list[Attempt] = []
    for start in starts(rows, funnel):
        if found and not may_start(start, found[-1], funnel):
            continue
        found.append(attempt_from(start, rows, rows, funnel))
    return found


def may_start(start: Row, last: Attempt, funnel: Funnel) -> bool:
    if last.end is not None:
        return place(start) > place(last.end)
    if last.level == len(funnel.steps):
        return all(place(start) > place(row) for row in last.rows)
    return start["ts"] > last.rows[0]["ts"] + funnel.window


def attempt_from(start: Row, rows: list[Row], world: list[Row], funnel: Funnel) -> Attempt:
    deadline = start["ts"] + funnel.window
    unit = rows
    rows = [row for row in rows if start["ts"] <= row["ts"] <= deadline and held(row, funnel) == held(start, funnel)]
    build = {"ordered": ordered, "strict": strict, "any": any_order}[funnel.order]
    attempt = build(start, rows, world, funnel)
    return excluded(attempt, [row for row in unit if row["ts"] <= deadline], funnel)


def held(row: Row, funnel: Funnel) -> tuple[Any, ...]:
    return tuple(as_text(row["properties"].get(name)) for name in funnel.hold)


def as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def ordered(start: Row, rows: list[Row], world: list[Row], funnel: Funnel) -> Attempt:
    ways: list[list[Row]] = []

    def extend(filled: list[Row]) -> None:
        ways.append(filled)
        if len(filled) < len(funnel.steps):
            for row in rows:
                fresh = all(row is not other for other in filled)
                if fresh and row["ts"] >= filled[-1]["ts"] and funnel.steps[len(filled)](row):
                    extend([*filled, row])

    extend([start])
    best = min(ways, key=lambda way: (-len(way), [row["ts"] for row in way], [row["seq"] for row in way]))
    return Attempt(best, list(range(len(best))))


def strict(start: Row, rows: list[Row], world: list[Row], funnel: Funnel) -> Attempt:
    later = [row for row in world if place(row) > place(start)]
    filled = [start]
    for test, row in zip(funnel.steps[1:], later, strict=False):
        if not test(row) or all(row is not other for other in rows):
            break
        filled.append(row)
    return Attempt(filled, list(range(len(filled))))


def any_order(start: Row, rows: list[Row], world: list[Row], funnel: Funnel) -> Attempt:
    taken = [start]
    for row in rows:
        if place(row) > place(start) and ways_to_fill([*taken, row], funnel):
            taken.append(row)
    return Attempt(taken, min(ways_to_fill(taken, funnel)))


def ways_to_fill(taken: list[Row], funnel: Funnel) -> list[list[int]]:
    """All the ways in which each row fills a step of its own."""
    return [
        list(way)
        for way in itertools.permutations(range(len(funnel.steps)), len(taken))
        if all(funnel.steps[step](row) for row, step in zip(taken, way, strict=True))
    ]


def excluded(attempt: Attempt, rows: list[Row], funnel: Funnel) -> Attempt:
    ends = []
    for test, from_step, to_step in funnel.exclusions:
        if attempt.level < from_step:
            continue
        after = attempt.rows[from_step - 1]["ts"]
        before = attempt.rows[to_step - 1]["ts"] if attempt.level >= to_step else None
        ends += [row for row in rows if test(row) and row["ts"] > after and (before is None or row["ts"] < before)]
    if not ends:
        return attempt
    end = min(ends, key=place)
    kept = [row for row in attempt.rows if row["ts"] <= end["ts"]]
    return Attempt(kept, attempt.fills[: len(kept)], end)


def value_of(attempt: Attempt, names: Sequence[str], attribution: str) -> tuple[str, ...]:
    """The breakdown's value of an attempt, each property by itself."""
    values = []
    for name in names:
        rows = attempt.rows
        if attribution.startswith("step:"):
            wanted = int(attribution[5:]) - 1
            rows = [row for row, step in zip(attempt.rows, attempt.fills, strict=True) if step == wanted]
        elif attribution == "last":
            rows = attempt.rows[::-1]
        known = [as_text(row["properties"].get(name)) for row in rows]
        values.append(next((value for value in known if value is not None), "$none"))
    return tuple(values)


def percentile(values: list[float], share: float) -> float | None:
    if not values:
        return None
    ordered_ = sorted(values)
    at = share * (len(ordered_) - 1)
    low = int(at)
    high = min(low + 1, len(ordered_) - 1)
    return ordered_[low] + (ordered_[high] - ordered_[low]) * (at - low)


def steps_of(found: list[Attempt], count: int) -> list[dict[str, Any]]:
    """`count`, shares and times of each step."""
    counts = [sum(attempt.level >= step for attempt in found) for step in range(1, count + 1)]
    answer = []
    for step in range(count):
        gaps = [
            (attempt.rows[step]["ts"] - attempt.rows[step - 1]["ts"]).total_seconds()
            for attempt in found
            if step and attempt.level > step
        ]
        before = counts[step - 1] if step else counts[0]
        answer.append(
            {
                "count": counts[step],
                "from_start": counts[step] / counts[0] if counts[0] else None,
                "from_previous": counts[step] / before if before else None,
                "median_seconds": percentile(gaps, 0.5),
                "p90_seconds": percentile(gaps, 0.9),
            }
        )
    return answer
