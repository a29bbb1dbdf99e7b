"""A funnel's attempts in one statement, where the rules allow: steps in order, each event fit for one step only.

    s  AS (SELECT who, unit, …held…, t, step FROM e WHERE …any step…),
    w2 AS (SELECT …, t3 := the next time of step 3 at or after this row OVER (PARTITION BY who …)),
    w1 AS (SELECT …, t2 := the next time of step 2, t3 := the t3 of that row FROM w2 WHERE step <= 2),
    best     AS (SELECT who, unit, the t1, t2, t3 that get furthest, of equals the earliest FROM w1 WHERE step = 1 …),
    attempts AS (best, with the breakdown's values looked up at the times found)

From a start the earliest step 2, from there the earliest step 3, and so on: later times never help.
Where funnel_rounds.py can say it, `best` comes from there, and only what it leaves open out of windows.
"""

from __future__ import annotations

from itertools import combinations

from events.query import funnel_rounds
from events.query.asking import Asking
from events.query.funnel_events import Parts, parts_of, source_of, unit_of
from events.query.types import Events, Funnel
from events.query.values import NONE, names_of


def can_say(asking: Asking, question: Funnel) -> bool:
    if question.order != "ordered" or question.counting == "totals" or question.exclusions:
        return False
    return _names_differ(question) or not _any_event_fits_twice(asking, question)


def attempts_sql(asking: Asking, question: Funnel) -> str:
    """CTEs up to `attempts(who, t1 …, v0 …)`; times in µs."""
    parts = parts_of(asking, question)
    rows = _rows(asking, question, parts)
    if not funnel_rounds.can_say(question):
        best = f"{_furthest(question, 's')}, best AS (SELECT {_reached(question)} FROM furthest)"
        return f"{rows}, {best}, {_attempts(question)}"
    table = funnel_rounds.best_table(asking, question, rows)
    best = f"best AS (SELECT {_reached(question)} FROM {table} AS best WHERE NOT open"
    if asking.rows(f"SELECT 1 FROM {table} WHERE open LIMIT 1"):
        open_ = f"open AS ({funnel_rounds.open_rows(table)}), {_furthest(question, 'open')}"
        best = f"{open_}, {best} UNION ALL SELECT {_reached(question)} FROM furthest"
    return f"{f'{rows}, ' if question.breakdown else ''}{best}), {_attempts(question)}"


def _rows(asking: Asking, question: Funnel, parts: Parts) -> str:
    """CTEs up to `s`, the rows that can fill a step; 0 where the first lies behind the range: there nothing starts."""
    hold = f", to_json([{', '.join(parts.hold)}])::VARCHAR AS hold" if parts.hold else ""
    values = "".join(f", {text} AS v{number}" for number, text in enumerate(parts.values))
    until = asking.binds.add(asking.period.until)
    return f"""e AS NOT MATERIALIZED ({source_of(asking, question)}),
        s AS NOT MATERIALIZED (
            SELECT who, {unit_of(question)} AS unit{hold}, epoch_us(ts) AS t, seq,
                CASE WHEN number = 1 AND ts >= {until} THEN 0 ELSE number END AS step{values}
            FROM {_numbered(asking, question, parts)}
        )"""


def _numbered(asking: Asking, question: Funnel, parts: Parts) -> str:
    """A FROM clause and its WHERE: the rows that fit a step, with its `number`.

    Steps of one name each are found by one look at the name. Other conditions stay out of the scan: in it, beside the
    one for times, choosing 2.7M rows by three names took 200 ms of processor time (DuckDB 2.0), behind it 135. What
    keeps a condition out is that it names two columns.
    """
    if all(isinstance(step.event, str) and step.event != "*" and not step.filters for step in question.steps):
        names = ", ".join(asking.binds.add(step.event) for step in question.steps)
        rows = f"SELECT *, list_position([{names}], event_name) AS number FROM e WHERE {parts.world}"
        return f"({rows}) WHERE number > 0"
    number = "CASE " + " ".join(f"WHEN {test} THEN {step}" for step, test in enumerate(parts.steps, 1)) + " END"
    behind_the_scan = f"CASE WHEN ts IS NULL THEN false ELSE {parts.any_step} END"
    return f"(SELECT *, {number} AS number FROM e WHERE {parts.world} AND {behind_the_scan})"


def _reached(question: Funnel) -> str:
    """Columns of `best`, out of a row or struct of this name."""
    times = "".join(f", best.t{step} AS t{step}" for step in range(1, len(question.steps) + 1))
    return f"who, unit{times}{', best.hold AS hold' if question.hold else ''}"


def _furthest(question: Funnel, rows: str) -> str:
    """CTEs up to `furthest(who, unit, best)`, a struct of its times and held values."""
    count, window = len(question.steps), question.window.seconds * 1_000_000
    times = ["t1 := t", *(["hold := hold"] if question.hold else [])]
    times += [f"t{step} := CASE WHEN t{step} <= t + {window} THEN t{step} END" for step in range(2, count + 1)]
    return f"""{"".join(_next(question, step, rows) for step in range(count - 1, 0, -1))}
        furthest AS (
            SELECT who, unit, arg_max(struct_pack({", ".join(times)}), {_rank(question, window)}) AS best
            FROM {"w1" if count > 1 else rows} WHERE step = 1 GROUP BY who, unit
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


def _attempts(question: Funnel) -> str:
    """CTE `attempts`; a value is that of the first row, by seq, of its step's instant."""
    reached = ", ".join(f"best.t{step} AS t{step}" for step in range(1, len(question.steps) + 1))
    if not question.breakdown:
        return f"attempts AS (SELECT who, {reached} FROM best)"
    steps, names = range(1, len(question.steps) + 1), names_of(question.breakdown)
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
