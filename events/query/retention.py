"""Retention: of those born in a bucket, how many came back in each period after it.

    WITH e AS (…rows of the tenant…),
    births   AS (SELECT who, bucket AS c, birth, …breakdown values… FROM e WHERE …start event… GROUP BY who),
    returned AS (SELECT DISTINCT who, c, period AS n FROM births JOIN e … WHERE …return event…)
    SELECT c, 0, count(*), max(birth) FROM births GROUP BY c
    UNION ALL
    SELECT c, n, count(*), NULL FROM returned GROUP BY c, n

Period 0 is the cohort itself; `periods` counts it. With `on_or_after` only an actor's last return matters,
and `n` is the last period that it proves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.funnel_events import micros
from events.query.types import At, Retention
from events.query.values import OTHER, breakdown_values
from obc_analytics.errors import BadRequest

TOP = 25
DAYS = {"day": 1, "week": 7, "month": 30}  # of the rolling clock


@dataclass(frozen=True, slots=True)
class Grid:
    """`edges` of the local units from the first cohort's to the last cohort's last period; `cohorts` of
    them are cohorts, `labels` their first local days."""

    edges: tuple[datetime, ...]
    labels: tuple[str, ...]

    @property
    def cohorts(self) -> int:
        return len(self.labels)


def answer(asking: Asking, question: Retention) -> dict[str, Any]:
    """`{"cohorts": [{"start", "size", "counts", "complete"}], "average": […]}`, and the same by value in
    `breakdowns` when one is asked for. The value is that of the birth event."""
    grid, names = grid_of(asking, question), _names(question)
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
    grid, names = grid_of(asking, question), _names(question)
    start, period = at.cell
    if start not in grid.labels or not 0 <= period < question.periods:
        raise BadRequest(
            f"no such cell: cohorts start {', '.join(grid.labels[:20])}; periods are 0 to {question.periods - 1}",
            path="$.at.cell",
        )
    tests = [f"c = {grid.labels.index(start)}"]
    tests += [f"{name} = {asking.binds.add(str(v))}" for name, v in zip(names, at.breakdown or (), strict=False)]
    if period:
        tests.append(f"n {'=' if question.criterion == 'on' else '>='} {period}")
    return f"""
        WITH {cells_sql(asking, question, grid)}
        SELECT DISTINCT who FROM {"returned" if period else "births"} WHERE {" AND ".join(tests)}
    """


def grid_of(asking: Asking, question: Retention) -> Grid:
    period, more = asking.period, question.periods - 1
    cohorts = buckets_of(period, question.unit, asking.now)
    last = period.last + timedelta(days=more * {"day": 1, "week": 7, "month": 31}[question.unit])
    far = timedelta(days=50)  # past the first and the last unit's own edges: none of them is to be cut
    whole: Buckets = buckets_of(
        replace(period, since=period.since - far, until=period.until + (last - period.last) + far, last=last),
        question.unit,
        asking.now,
    )
    return Grid(whole.edges[: cohorts.count + more + 1], cohorts.labels)


def cells_sql(asking: Asking, question: Retention, grid: Grid) -> str:
    """CTEs up to `births(who, c, birth, v0 …)` and `returned(who, c, n, v0 …)`."""
    start, back = question.start, question.return_
    asking.prepare(names_in((*asking.filters, *start.filters, *back.filters), question.breakdown))
    first_time = question.birth == "first_time"
    source = asking.events(None if first_time else asking.period.since, _read_until(asking, question, grid))
    names = _names(question)
    values = breakdown_values(question.breakdown, asking.binds)
    picked = "".join(f", arg_min({v}, struct_pack(ts, seq)) AS {n}" for v, n in zip(values, names, strict=True))
    born = conditions.step(start.event, (*asking.filters, *start.filters), asking.binds)
    came = conditions.step(back.event, (*asking.filters, *back.filters), asking.binds)
    since, until = asking.binds.add(asking.period.since), asking.binds.add(asking.period.until)
    if first_time:
        births = f"""SELECT *, {number_sql(grid.edges, asking.binds, "birth")} AS c FROM (
                SELECT who, min(ts) AS birth{picked} FROM e WHERE {born} GROUP BY who
            ) WHERE birth >= {since} AND birth < {until}"""
    else:
        births = f"""SELECT who, {number_sql(grid.edges, asking.binds)} AS c, min(ts) AS birth{picked}
            FROM e WHERE {born} AND ts >= {since} AND ts < {until} GROUP BY who, c"""
    return f"""
        e AS NOT MATERIALIZED ({source}),
        {_coded(names, births)},
        {_returned(asking, question, grid, came, since)}
    """


def _returned(asking: Asking, question: Retention, grid: Grid, came: str, since: str) -> str:
    """CTE `returned`: periods from 1 on in which an actor came back; the last one only with `on_or_after`."""
    last = question.periods - 1
    by = "".join(f", {name}" for name in _names(question))
    if question.clock == "calendar":
        unit, period = number_sql(grid.edges, asking.binds), "u - c"
    else:
        unit, period = "epoch_us(ts)", f"(u - epoch_us(birth)) // {DAYS[question.unit] * 86_400_000_000}"
    if question.criterion == "on_or_after":
        return f"""visits AS (SELECT who, max({unit}) AS u FROM e WHERE {came} AND ts >= {since} GROUP BY who),
        returned AS (
            SELECT who, c{by}, least({period}, {last}) AS n FROM births JOIN visits USING (who)
            WHERE {period} >= 1 AND {last} > 0
        )"""
    return f"""visits AS (SELECT DISTINCT who, {unit} AS u FROM e WHERE {came} AND ts >= {since}),
        returned AS (
            SELECT DISTINCT who, c{by}, {period} AS n FROM births JOIN visits USING (who)
            WHERE {period} BETWEEN 1 AND {last}
        )"""


def _read_until(asking: Asking, question: Retention, grid: Grid) -> datetime | None:
    if question.criterion == "on_or_after":
        return None
    if question.clock == "calendar":
        return max(grid.edges[-1], asking.period.until)
    return asking.period.until + timedelta(days=question.periods * DAYS[question.unit])


def _coded(names: list[str], births: str) -> str:
    """CTE `births`, with all but the top values as `$other`."""
    if not names:
        return f"births AS ({births})"
    by = ", ".join(names)
    coded = ", ".join(f"CASE WHEN top.{names[0]} IS NULL THEN '{OTHER}' ELSE b.{name} END AS {name}" for name in names)
    return f"""born AS MATERIALIZED ({births}),
        top AS (SELECT {by} FROM born GROUP BY ALL ORDER BY count(*) DESC, {by} LIMIT {TOP}),
        births AS (SELECT b.* REPLACE ({coded}) FROM born AS b LEFT JOIN top USING ({by}))"""


def _names(question: Retention) -> list[str]:
    return [f"v{number}" for number in range(len(question.breakdown))]


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
