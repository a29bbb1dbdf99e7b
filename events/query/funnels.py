"""Funnels: how many get from step to step.

    WITH e AS (…rows of the range and the window behind it…),
    s        AS (SELECT who, unit, t, step, …held and breakdown values… FROM e WHERE …any step…),
    attempts AS (SELECT who, t1, t2, …, v0, …  -- one row an attempt that counts; NULL: not reached),
    top      AS (SELECT v0, … FROM attempts GROUP BY ALL ORDER BY count(*) DESC LIMIT 25)
    SELECT v0, …, count(t1), count(t2), median(t2 - t1), … FROM attempts GROUP BY v0, …

`attempts` comes out of rounds and windows (funnel_rounds.py, funnel_windows.py) where the rules allow, else out of
attempts.py, row by row. All mean the same; the oracle of the tests holds them to it.
"""

from __future__ import annotations

from typing import Any

from events.query import funnel_rows, funnel_windows
from events.query.asking import Asking
from events.query.types import At, Funnel
from events.query.values import OTHER, TOP, is_chosen, names_of, or_other
from obc_analytics.errors import BadRequest


def answer(asking: Asking, question: Funnel) -> dict[str, Any]:
    """`{"steps": [{"event", "count", "from_start", "from_previous", "median_seconds", "p90_seconds"}],
    "breakdowns": [{"value": […], "steps": […]}]}`; shares are of 1 or null, times are from the step before."""
    count, names = len(question.steps), names_of(question.breakdown)
    by = "".join(f"{name}, " for name in names)
    whole = "SELECT true, " + "NULL, " * len(names) + f"{_measures(count)} FROM coded"
    parts = f"UNION ALL SELECT false, {by}{_measures(count)} FROM coded GROUP BY {by.rstrip(', ')}" if names else ""
    rows = asking.rows(f"WITH {attempts_sql(asking, question)}, {_coded(names)} {whole} {parts}")
    result: dict[str, Any] = {"steps": next(_steps(question, row[1:]) for row in rows if row[0])}
    if names:
        found = [row[1:] for row in rows if not row[0]]
        found.sort(key=lambda row: (OTHER in row[: len(names)], -row[len(names)], row[: len(names)]))
        result["breakdowns"] = [{"value": list(row[: len(names)]), "steps": _steps(question, row)} for row in found]
    return result


def actors_of_funnel(asking: Asking, question: Funnel, at: At) -> str:
    """A statement of the column `who`: those who did step `at.step`, or with `converted` false those who
    came to the step before it and no further. By breakdown value when one is given."""
    step, count, names = at.step or 1, len(question.steps), names_of(question.breakdown)
    if step > count:
        raise BadRequest(f"the funnel has {count} steps", path="$.at.step")
    of_value = is_chosen(at.breakdown, question.breakdown, asking.binds)
    reached = f"t{step} IS NOT NULL"
    if not at.converted:
        reached = f"t{step - 1} IS NOT NULL AND t{step} IS NULL" if step > 1 else "false"
    return f"""
        WITH {attempts_sql(asking, question)},
        {_coded(names)}
        SELECT DISTINCT who FROM coded WHERE {" AND ".join([reached, *of_value])}
    """


def attempts_sql(asking: Asking, question: Funnel) -> str:
    """CTEs up to `attempts(who, t1 … tn, v0 …)`; times in µs."""
    if funnel_windows.can_say(asking, question):
        return funnel_windows.attempts_sql(asking, question)
    return funnel_rows.attempts_sql(asking, question)


def _coded(names: list[str]) -> str:
    """CTE `coded`: the attempts, all but the top values as `$other`."""
    if not names:
        return "coded AS (SELECT * FROM attempts)"
    by = ", ".join(names)
    return f"""top AS (SELECT {by} FROM attempts GROUP BY ALL ORDER BY count(*) DESC, {by} LIMIT {TOP}),
        coded AS (SELECT a.* REPLACE ({or_other(names, "a")}) FROM attempts AS a LEFT JOIN top USING ({by}))"""


def _measures(count: int) -> str:
    """Count, median and 90th percentile (in µs) of each step."""
    measures = ["count(t1), NULL, NULL"]
    for step in range(2, count + 1):
        gap = f"t{step} - t{step - 1}"
        measures.append(f"count(t{step}), quantile_cont({gap}, 0.5), quantile_cont({gap}, 0.9)")
    return ", ".join(measures)


def _steps(question: Funnel, row: tuple[Any, ...]) -> list[dict[str, Any]]:
    measures = row[len(question.breakdown) :]
    counts = measures[::3]
    return [
        {
            "event": step.event if isinstance(step.event, str) else list(step.event),
            "count": counts[number],
            "from_start": _share(counts[number], counts[0]),
            "from_previous": _share(counts[number], counts[max(0, number - 1)]),
            "median_seconds": _seconds(measures[3 * number + 1]),
            "p90_seconds": _seconds(measures[3 * number + 2]),
        }
        for number, step in enumerate(question.steps)
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _seconds(micros: float | None) -> float | None:
    return None if micros is None else micros / 1_000_000
