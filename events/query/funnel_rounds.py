"""A funnel's best attempts in rounds: from a start the earliest next step, and so on; who missed the window again.

    lists AS (SELECT who, unit, list(t · CODES + step) AS codes FROM s GROUP BY who, unit),
    first AS (the attempt from the earliest start c1; `goal` the steps that it reaches when no window ends it),
    tried AS (those whose goal lay behind the window's end, each again from the next start that could do, until it
              reaches its goal)

From a start t1 the earliest t2 at or after it, then the earliest t3, and so on. Each of them only grows with t1.
So when the goal's time g comes more than a window after t1, no start before g − window reaches it; the next to
try is the earliest at or after that. When there is none, nothing reaches the goal: it is lowered by one, and
the earliest start tried again. A goal of 1 is always reached.

Each round passes one time of the goal's step, so somebody's events could ask for as many: what is open after ROUNDS
goes to windows. Windows for all took 2.5 times the processor time: they sort all rows, twice. Joins for the first try
(the least code of step 1 of each, of step 2 behind it, …), and lists only for who missed, took 1.1 times.
"""

from __future__ import annotations

from events.query.asking import Asking
from events.query.types import Funnel

ROUNDS = 12  # of 43,559 made people 5,719 needed the first, 75 the third, 3 the fourth
MOST_STEPS = 8  # the statement grows with them
CODES = 16  # a time and its step in one number: codes are in the order of times, equal times in that of steps


def can_say(question: Funnel) -> bool:
    """Of what funnel_windows.py can say: hold would make a unit of each combination of values."""
    return not question.hold and 2 <= len(question.steps) <= MOST_STEPS


def best_table(asking: Asking, question: Funnel, rows: str) -> str:
    """The name of a table (who, unit, t1 …, open, codes), made once for a question; times in µs.

    `rows`: CTEs up to `s(who, unit, t, step)`, 0 for a step 1 outside the range. A row is a unit that started. Where
    `open`, its best attempt is not found, and `codes` are all its times; else t1 … are the best attempt's, NULL
    where not reached.
    """
    key = ("funnel", repr(question), repr(asking.filters), asking.period)
    return asking.table(key, lambda: _statement(question, rows))


def open_rows(table: str) -> str:
    """The rows (who, unit, t, step) of the units that are open, as a SELECT."""
    codes = f"(SELECT who, unit, unnest(codes) AS code FROM {table} WHERE open)"
    return f"SELECT who, unit, code // {CODES} AS t, {_step('code')} AS step FROM {codes}"


def _statement(question: Funnel, rows: str) -> str:
    """`c1` … are the codes of t1 …"""
    count, window = len(question.steps), question.window.seconds * 1_000_000
    unit = "unit" if question.counting == "sessions" else "0 AS unit"
    found = ", ".join(f"c{step}" for step in range(1, count + 1))
    goal = " + ".join(["1", *[f"(c{step} IS NOT NULL)::INT" for step in range(2, count + 1)]])
    best = f"c1 // {CODES} AS t1" + "".join(
        f", CASE WHEN goal >= {step} THEN c{step} // {CODES} END AS t{step}" for step in range(2, count + 1)
    )
    reached = _reached(count, window)
    return f"""
        WITH RECURSIVE {rows},
        lists AS (SELECT who, {unit}, list(t * {CODES} + step) AS codes FROM s GROUP BY ALL),
        first AS MATERIALIZED (
            SELECT who, unit, {found}, goal, CASE WHEN NOT {reached} THEN codes END AS codes
            FROM (SELECT *, {goal} AS goal FROM {_attempt(_starts(), count)})
        ),
        tried AS (
            SELECT who, unit, {found}, goal, codes, c1 AS earliest, 0 AS round FROM first
            WHERE c1 IS NOT NULL AND NOT {reached}
            UNION ALL
            SELECT who, unit, {found}, goal, codes, earliest, round + 1 FROM {_attempt(_again(count, window), count)}
        )
        SELECT who, unit, {best}, false AS open, NULL::BIGINT[] AS codes FROM first WHERE {reached}
        UNION ALL SELECT who, unit, {best}, NOT {reached}, CASE WHEN NOT {reached} THEN codes END FROM tried
        WHERE {reached} OR round = {ROUNDS}
    """


def _starts() -> str:
    """Each unit's earliest start. Mostly its first event is one: a list's least is found in half the time of the
    least that passes a condition."""
    start = f"CASE WHEN {_step('least')} = 1 THEN least ELSE {_earliest(1)} END"
    return f"(SELECT *, {start} AS c1 FROM (SELECT *, list_min(codes) AS least FROM lists))"


def _again(count: int, window: int) -> str:
    """The next starts of the units whose goal was not reached."""
    # above the code of the last µs that is too early, whatever its step: that is below CODES
    next_ = _earliest(1, f"{_code_of_goal(count)} - {(window + 1) * CODES}")
    missed = f"(SELECT *, {next_} AS next FROM tried WHERE NOT {_reached(count, window)} AND round < {ROUNDS})"
    return f"""(SELECT who, unit, codes, earliest, round, coalesce(next, earliest) AS c1,
            CASE WHEN next IS NULL THEN goal - 1 ELSE goal END AS goal FROM {missed})"""


def _attempt(starts: str, count: int) -> str:
    """The same rows with the earliest step 2 behind c1, step 3 behind that, …"""
    for step in range(2, count + 1):
        earliest = f"CASE WHEN c{step - 1} IS NOT NULL THEN {_earliest(step, f'c{step - 1}')} END"  # not in vain
        starts = f"(SELECT *, {earliest} AS c{step} FROM {starts})"
    return starts


def _earliest(step: int, bound: str = "0") -> str:
    """Codes are positive: ranges begin in 1971."""
    return f"list_min(list_filter(codes, lambda code: {_step('code')} = {step} AND code > {bound}))"


def _step(code: str) -> str:
    return f"({code} & {CODES - 1})"


def _code_of_goal(count: int) -> str:
    return "(CASE goal " + " ".join(f"WHEN {step} THEN c{step}" for step in range(1, count + 1)) + " END)"


def _reached(count: int, window: int) -> str:
    return f"coalesce({_code_of_goal(count)} // {CODES} <= c1 // {CODES} + {window}, false)"
