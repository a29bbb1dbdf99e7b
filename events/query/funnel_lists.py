"""A funnel's best attempts out of lists: for each unit the times of its starts, and of every later step.

    lists  AS (SELECT who, unit, list(t) of step 1 AS l1, list(t) of step 2 AS l2, … FROM s GROUP BY who, unit),
    tried0 AS (the attempt from the earliest start, `goal` the steps that it reaches when no window ends it),
    tried1 AS (of those whose goal lay behind the window's end: the attempt from the next start that could do),
    …
    best   AS (those that reached their goal, from every round; what is open after the last one goes to windows)

From a start t1 the earliest t2 at or after it, then the earliest t3, and so on. Each of them only grows with t1.
So when the goal's time g comes more than a window after t1, no start before g − window reaches it; the next to
try is the earliest at or after that. When there is none, nothing reaches the goal: it is lowered by one, and
the earliest start tried again. A goal of 1 is always reached.

Windows took 2.5 times the processor time: they sort all rows, twice. The lists need no order.
"""

from __future__ import annotations

from events.query.types import Funnel

ROUNDS = 4  # of 43,559 made people 5,719 needed the first, 75 the third, 3 the last
MOST_STEPS = 8  # the statement grows with steps × rounds


def can_say(question: Funnel) -> bool:
    """Of what funnel_windows.py can say: hold would make a unit of each combination of values."""
    return not question.hold and 2 <= len(question.steps) <= MOST_STEPS


def best_sql(question: Funnel, since: int, until: int) -> str:
    """CTEs up to `best(who, unit, t1 …)`, out of `s(who, unit, t, step)`, and `open(who, unit, t, step)`: the
    rows of the units whose best attempt is not found. Times in µs."""
    count, window = len(question.steps), question.window.seconds * 1_000_000
    steps = range(2, count + 1)
    later = "".join(f", list(t) FILTER (WHERE step = {step}) AS l{step}" for step in steps)
    unit, by = ("unit", "who, unit") if question.counting == "sessions" else ("0 AS unit", "who")
    goal = " + ".join(["1", *[f"(t{step} IS NOT NULL)::INT" for step in steps]])
    rounds = "".join(f"tried{n} AS MATERIALIZED ({_again(f'tried{n - 1}', count, window)}), " for n in _rounds()[1:])
    reached = "".join(f", CASE WHEN goal >= {step} THEN t{step} END AS t{step}" for step in steps)
    done = [f"SELECT who, unit, t1{reached} FROM tried{n} WHERE {_reached(count, window)}" for n in _rounds()]
    open_ = [
        f"SELECT who, unit, unnest(l{step}) AS t, {step} AS step FROM tried{ROUNDS} WHERE NOT {_reached(count, window)}"
        for step in range(1, count + 1)
    ]
    return f"""
        lists AS (
            SELECT who, {unit}, list(t) FILTER (WHERE step = 1 AND t >= {since} AND t < {until}) AS l1{later}
            FROM s GROUP BY {by} HAVING l1 IS NOT NULL
        ),
        tried0 AS MATERIALIZED (SELECT *, t1 AS earliest, {goal} AS goal FROM {_chain("lists", "list_min(l1)", count)}),
        {rounds}
        open AS NOT MATERIALIZED ({" UNION ALL ".join(open_)}),
        found AS ({" UNION ALL ".join(done)})"""


def _rounds() -> range:
    return range(ROUNDS + 1)


def _again(tried: str, count: int, window: int) -> str:
    """The next attempts of the units whose goal was not reached."""
    next_ = f"list_min(list_filter(l1, lambda t: t >= {_time_of_goal(count)} - {window}))"
    missed = f"(SELECT *, {next_} AS next FROM {tried} WHERE NOT {_reached(count, window)})"
    lists = ", ".join(f"l{step}" for step in range(1, count + 1))
    start = f"""(SELECT who, unit, {lists}, earliest, CASE WHEN next IS NULL THEN goal - 1 ELSE goal END AS goal,
            coalesce(next, earliest) AS start FROM {missed})"""
    return f"SELECT * EXCLUDE (start) FROM {_chain(start, 'start', count)}"


def _chain(source: str, start: str, count: int) -> str:
    """The source with t1, the start, and t2 …: each the earliest of its step at or after the one before."""
    chain = f"(SELECT *, {start} AS t1 FROM {source})"
    for step in range(2, count + 1):
        earliest = f"list_min(list_filter(l{step}, lambda t: t >= t{step - 1}))"
        chain = f"(SELECT *, {earliest} AS t{step} FROM {chain})"
    return chain


def _time_of_goal(count: int) -> str:
    return "(CASE goal " + " ".join(f"WHEN {step} THEN t{step}" for step in range(1, count + 1)) + " END)"


def _reached(count: int, window: int) -> str:
    return f"coalesce({_time_of_goal(count)} <= t1 + {window}, false)"
