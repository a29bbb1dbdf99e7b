"""A funnel's attempts in one statement, where the rules allow: steps in order, each event fit for one step only.

    s  AS (SELECT who, unit, t, step FROM e WHERE …any step…),
    w2 AS (SELECT …, t3 := the next time of step 3 at or after this row OVER (PARTITION BY who, unit …) FROM s),
    w1 AS (SELECT …, t2 := the next time of step 2, t3 := the t3 of that row FROM w2 WHERE step <= 2),
    attempts AS (SELECT who, the t1, t2, t3 that get furthest, of equals the earliest FROM w1 WHERE step = 1 …)

From a start the earliest step 2, from there the earliest step 3, and so on: later times never help.
"""

from __future__ import annotations

from itertools import combinations

from events.query.asking import Asking
from events.query.funnel_events import Parts, micros, parts_of, source_of, unit_of
from events.query.types import Events, Funnel


def can_say(asking: Asking, question: Funnel) -> bool:
    plain = question.order == "ordered" and question.counting != "totals"
    if not plain or question.exclusions or question.hold or question.breakdown:
        return False
    return _names_differ(question) or not _any_event_fits_twice(asking, question)


def attempts_sql(asking: Asking, question: Funnel) -> str:
    """CTEs up to `attempts(who, t1 …)`; times in µs."""
    parts, count = parts_of(asking, question), len(question.steps)
    window = question.window.seconds * 1_000_000
    since, until = micros(asking.period.since), micros(asking.period.until)
    level = " + ".join([f"(t{step} <= t + {window})::BIGINT" for step in range(2, count + 1)]) or "0"
    times = ", ".join(
        ["t1 := t"] + [f"t{n} := CASE WHEN t{n} <= t + {window} THEN t{n} END" for n in range(2, count + 1)]
    )
    # furthest first, then earliest: times in µs are below 2**58
    return f"""
        e AS ({source_of(asking, question)}),
        s AS (SELECT who, {unit_of(question)} AS unit, epoch_us(ts) AS t, {_step(parts)} AS step
              FROM e WHERE {parts.world} AND {parts.any_step}),
        {"".join(_next(step, count) for step in range(count - 1, 0, -1))}
        best AS (
            SELECT who, unit, arg_max(struct_pack({times}), coalesce({level}, 0) * {1 << 58} - t) AS best
            FROM {"w1" if count > 1 else "s"} WHERE step = 1 AND t >= {since} AND t < {until} GROUP BY who, unit
        ),
        attempts AS (SELECT who, {", ".join(f"best.t{n} AS t{n}" for n in range(1, count + 1))} FROM best)
    """


def _next(step: int, count: int) -> str:
    """CTE `w<step>`: rows up to this step, with the times of the steps behind it."""
    source = f"w{step + 1}" if step + 1 < count else "s"
    chain = [f"min(CASE WHEN step = {step + 1} THEN t END) OVER later AS t{step + 1}"]
    chain += [f"min(CASE WHEN step = {step + 1} THEN t{n} END) OVER later AS t{n}" for n in range(step + 2, count + 1)]
    return f"""w{step} AS (
            SELECT who, unit, t, step, {", ".join(chain)} FROM {source} WHERE step <= {step + 1} WINDOW later AS (
                PARTITION BY who, unit ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            )
        ),
        """


def _step(parts: Parts) -> str:
    return "CASE " + " ".join(f"WHEN {test} THEN {step}" for step, test in enumerate(parts.steps, 1)) + " END"


def _names_differ(question: Funnel) -> bool:
    names = [_names(step.event) for step in question.steps]
    return all("*" not in a | b and not a & b for a, b in combinations(names, 2))


def _names(events: Events) -> set[str]:
    return {events} if isinstance(events, str) else set(events)


def _any_event_fits_twice(asking: Asking, question: Funnel) -> bool:
    parts = parts_of(asking, question)
    fits = " + ".join(f"{test}::INT" for test in parts.steps)
    return bool(
        asking.rows(
            f"WITH e AS ({source_of(asking, question)}) SELECT 1 FROM e WHERE {parts.world} AND {fits} > 1 LIMIT 1"
        )
    )
