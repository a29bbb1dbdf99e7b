"""Retention: of those born in a bucket, how many came back in each period after it.

    WITH e AS (…rows of the tenant…),   -- these CTEs: retention_cells.py
    births   AS (SELECT who, bucket AS c, birth, …breakdown values… FROM e WHERE …start event… GROUP BY who),
    returned AS (SELECT DISTINCT who, c, period AS n FROM births JOIN e … WHERE …return event…)
    SELECT c, 0, count(*), max(birth) FROM births GROUP BY c
    UNION ALL
    SELECT c, n, count(*), NULL FROM returned GROUP BY c, n

Period 0 is the cohort itself; `periods` counts it. With `on_or_after` only an actor's last return matters,
and `n` is the last period that it proves.
"""

from __future__ import annotations

from typing import Any

from events.query.asking import Asking
from events.query.funnel_events import micros
from events.query.retention_cells import DAYS, Grid, cells_sql, grid_of
from events.query.types import At, Retention
from events.query.values import OTHER, is_chosen, names_of
from obc_analytics.errors import BadRequest


def answer(asking: Asking, question: Retention) -> dict[str, Any]:
    """`{"cohorts": [{"start", "size", "counts", "complete"}], "average": […]}`, and the same by value in
    `breakdowns` when one is asked for. The value is that of the birth event."""
    grid, names = grid_of(asking, question), names_of(question.breakdown)
    by = "".join(f"{name}, " for name in names)
    rows = asking.rows(f"""
        WITH {cells_sql(asking, question, grid)}
        SELECT {by} c, 0, count(*), max(epoch_us(birth)) FROM births GROUP BY {by} c
        UNION ALL
        SELECT {by} c, n, count(*), NULL FROM returned GROUP BY {by} c, n
    """)
    result = _table(asking, question, grid, [row[len(names) :] for row in rows])
    if names:
        values = {row[: len(names)] for row in rows}
        parts = [
            {
                "value": list(value),
                **_table(asking, question, grid, [row[len(names) :] for row in rows if row[: len(names)] == value]),
            }
            for value in values
        ]
        parts.sort(key=lambda part: (OTHER in part["value"], -_size(part), part["value"]))
        result["breakdowns"] = parts
    return result


def actors_of_retention(asking: Asking, question: Retention, at: At) -> str:
    """A statement of the column `who`: a cohort's members who came back in a period; all members in period 0."""
    if at.cell is None:
        raise BadRequest("a cell is [cohort's start, period]", path="$.at.cell")
    grid = grid_of(asking, question)
    start, period = at.cell
    if start not in grid.labels or not 0 <= period < question.periods:
        raise BadRequest(
            f"no such cell: cohorts start {', '.join(grid.labels[:20])}; periods are 0 to {question.periods - 1}",
            path="$.at.cell",
        )
    tests = [f"c = {grid.labels.index(start)}", *is_chosen(at.breakdown, question.breakdown, asking.binds)]
    if period:
        tests.append(f"n {'=' if question.criterion == 'on' else '>='} {period}")
    return f"""
        WITH {cells_sql(asking, question, grid)}
        SELECT DISTINCT who FROM {"returned" if period else "births"} WHERE {" AND ".join(tests)}
    """


def _table(asking: Asking, question: Retention, grid: Grid, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Cohorts and average out of rows (c, n, count, latest birth)."""
    counts = [[0] * question.periods for _ in grid.labels]
    latest: list[int | None] = [None] * grid.cohorts
    for cohort, period, count, birth in rows:
        counts[cohort][period] += count
        if birth is not None:
            latest[cohort] = max(birth, latest[cohort] or birth)
    if question.criterion == "on_or_after":
        for row in counts:
            for period in range(question.periods - 2, 0, -1):
                row[period] += row[period + 1]
    complete = [
        [_over(asking, question, grid, cohort, period, latest[cohort]) for period in range(question.periods)]
        for cohort in range(grid.cohorts)
    ]
    cohorts = [
        {"start": label, "size": row[0], "counts": row, "complete": flags}
        for label, row, flags in zip(grid.labels, counts, complete, strict=True)
    ]
    return {"cohorts": cohorts, "average": [_average(cohorts, period) for period in range(question.periods)]}


def _over(asking: Asking, question: Retention, grid: Grid, cohort: int, period: int, latest: int | None) -> bool:
    """Whether a period is over for every member; in an empty cohort, for any that there could be."""
    if question.clock == "calendar":
        return grid.edges[cohort + period + 1] <= asking.now
    born = latest if latest is not None else micros(min(grid.edges[cohort + 1], asking.period.until))
    return born + (period + 1) * DAYS[question.unit] * 86_400_000_000 <= micros(asking.now)


def _average(cohorts: list[dict[str, Any]], period: int) -> float | None:
    """Σ returned / Σ size over the complete cells."""
    known = [cohort for cohort in cohorts if cohort["complete"][period]]
    size = sum(cohort["size"] for cohort in known)
    return sum(cohort["counts"][period] for cohort in known) / size if size else None


def _size(part: dict[str, Any]) -> int:
    return sum(cohort["size"] for cohort in part["cohorts"])
