"""A funnel's attempts in one statement, where the rules allow: steps in order, each event fit for one step only.

    s  AS (SELECT who, unit, …held…, t, step FROM e WHERE …any step…),
    w2 AS (SELECT …, t3 := the next time of step 3 at or after this row OVER (PARTITION BY who …)),
    w1 AS (SELECT …, t2 := the next time of step 2, t3 := the t3 of that row FROM w2 WHERE step <= 2),
    best     AS (SELECT who, unit, the t1, t2, t3 that get furthest, of equals the earliest FROM w1 WHERE step = 1 …),
    attempts AS (best, with the breakdown's values looked up at the times found)

From a start the earliest step 2, from there the earliest step 3, and so on: later times never help.
Where funnel_lists.py can say it, `best` comes out of lists, and only what they leave open out of windows.
"""

from __future__ import annotations

from itertools import combinations

from events.query import funnel_lists
from events.query.asking import Asking
from events.query.funnel_events import Parts, micros, parts_of, source_of, unit_of
from events.query.types import Events, Funnel
from events.query.values import NONE


def can_say(asking: Asking, question: Funnel) -> bool:
    if question.order != "ordered" or question.counting == "totals" or question.exclusions:
        return False
    return _names_differ(question) or not _any_event_fits_twice(asking, question)


def attempts_sql(asking: Asking, question: Funnel) -> str:
    """CTEs up to `attempts(who, t1 …, v0 …)`; times in µs."""
    parts = parts_of(asking, question)
    since, until = micros(asking.period.since), micros(asking.period.until)
    hold = f", to_json([{', '.join(parts.hold)}])::VARCHAR AS hold" if parts.hold else ""
    values = "".join(f", {text} AS v{number}" for number, text in enumerate(parts.values))
    reached = ", ".join(f"best.t{step} AS t{step}" for step in range(1, len(question.steps) + 1))
    return f"""
        e AS NOT MATERIALIZED ({source_of(asking, question)}),
        s AS NOT MATERIALIZED (
            SELECT who, {unit_of(question)} AS unit{hold}, epoch_us(ts) AS t, seq, {_step(parts)} AS step{values}
            FROM e WHERE {parts.world} AND {parts.any_step}
        ),
        {_best(question, since, until)},
        {_attempts(question, reached)}
    """


def _best(question: Funnel, since: int, until: int) -> str:
    """CTEs up to `best(who, unit, t1 …, hold)`."""
    reached = ", ".join(f"best.t{step} AS t{step}" for step in range(1, len(question.steps) + 1))
    hold = ", best.hold AS hold" if question.hold else ""
    if not funnel_lists.can_say(question):
        return f"{_furthest(question, since, until, 's')}, best AS (SELECT who, unit, {reached}{hold} FROM furthest)"
    return f"""{funnel_lists.best_sql(question, since, until)},
        {_furthest(question, since, until, "open")},
        best AS (SELECT * FROM found UNION ALL SELECT who, unit, {reached} FROM furthest)"""


def _furthest(question: Funnel, since: int, until: int, rows: str) -> str:
    """CTEs up to `furthest(who, unit, best)`, a struct of its times and held values."""
    count, window = len(question.steps), question.window.seconds * 1_000_000
    times = ["t1 := t", *(["hold := hold"] if question.hold else [])]
    times += [f"t{step} := CASE WHEN t{step} <= t + {window} THEN t{step} END" for step in range(2, count + 1)]
    return f"""{"".join(_next(question, step, rows) for step in range(count - 1, 0, -1))}
        furthest AS (
            SELECT who, unit, arg_max(struct_pack({", ".join(times)}), {_rank(question, window)}) AS best
            FROM {"w1" if count > 1 else rows} WHERE step = 1 AND t >= {since} AND t < {until} GROUP BY who, unit
        )"""


def _rank(question: Funnel, window: int) -> str:
    """Furthest first, then earliest. Within one hold, starts of one instant lead to the same times."""
    level = [f"coalesce(t{step} <= t + {window}, false)::BIGINT" for step in range(2, len(question.steps) + 1)]
    if question.hold:
        return f"struct_pack(level := {' + '.join(level) or '0'}, early := -t, first := -seq)"
    return f"({' + '.join(level) or '0'}) * {1 << 58} - t"  # times in µs are below 2**58


def _next(question: Funnel, step: int, rows: str) -> str:
    """CTE `w<step>`: rows up to this step, with the times of the steps behind it."""
    count, by = len(question.steps), ", ".join(_keys(question))
    source = f"w{step + 1}" if step + 1 < count else rows
    chain = [f"min(CASE WHEN step = {step + 1} THEN t END) OVER later AS t{step + 1}"]
    chain += [f"min(CASE WHEN step = {step + 1} THEN t{n} END) OVER later AS t{n}" for n in range(step + 2, count + 1)]
    return f"""w{step} AS (
            SELECT who, unit{", hold, seq" if question.hold else ""}, t, step, {", ".join(chain)}
            FROM {source} WHERE step <= {step + 1}
            WINDOW later AS (PARTITION BY {by} ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
        ),
        """


def _keys(question: Funnel) -> list[str]:
    """What all events of an attempt have in common; a constant would be sorted for nothing."""
    return ["who", *(["unit"] if question.counting == "sessions" else []), *(["hold"] if question.hold else [])]


def _attempts(question: Funnel, reached: str) -> str:
    """CTE `attempts`; a value is that of the first row, by seq, of its step's instant."""
    if not question.breakdown:
        return f"attempts AS (SELECT who, {reached} FROM best)"
    steps, names = range(1, len(question.steps) + 1), [f"v{number}" for number in range(len(question.breakdown))]
    kind, _, chosen = question.attribution.partition(":")
    pick = "arg_max" if kind == "last" else "arg_min"
    only = f"WHERE fills.step = {int(chosen)}" if chosen else ""
    hold = ", best.hold AS hold" if question.hold else ""
    times = ", ".join(f"best.t{step}" for step in steps)
    rows = ", ".join(f"arg_min_null(s.{name}, s.seq) AS {name}" for name in names)
    picked = ", ".join(f"{pick}({name}, step) AS {name}" for name in names)
    values = ", ".join(f"coalesce({name}, '{NONE}') AS {name}" for name in names)
    return f"""fills AS (
            SELECT who, unit{hold}, unnest({list(steps)}) AS step, unnest([{times}]) AS t FROM best
        ),
        marks AS (
            SELECT fills.who, fills.unit, step, {rows}
            FROM fills JOIN s USING ({", ".join(_keys(question))}, step, t) {only}
            GROUP BY fills.who, fills.unit, step
        ),
        picked AS (SELECT who, unit, {picked} FROM marks GROUP BY who, unit),
        attempts AS (SELECT who, {reached}, {values} FROM best LEFT JOIN picked USING (who, unit))"""


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
    statement = f"""
        WITH e AS ({source_of(asking, question)})
        SELECT 1 FROM e WHERE {parts.world} AND {fits} > 1 LIMIT 1
    """
    return bool(asking.rows(statement))
