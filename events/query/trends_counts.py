"""Counting measures of a trend: `total`, `uniques`, `sessions`, `per_user`. Rows become cells, and cells are counted:

    WITH e AS (…rows of the tenant…),
    hits  AS (SELECT bucket AS b, value AS v, unit FROM e WHERE …event and filters…),
    cells AS (SELECT b, v, unit, count(*) AS n FROM hits GROUP BY ALL),
    top   AS (SELECT v FROM cells GROUP BY v ORDER BY …size… DESC LIMIT 25),
    coded AS (SELECT b, v or '$other', unit, n FROM cells …)
    SELECT b, v, …measure… FROM coded GROUP BY b, v
    UNION ALL
    SELECT NULL, v, …measure… FROM coded GROUP BY v

Distinct units of few buckets are counted by trends_masks.py.
"""

from __future__ import annotations

from typing import Any

from events.query import sessions, trends_masks
from events.query.asking import Asking
from events.query.trends_measuring import Measuring

DISTINCT = frozenset({"uniques", "sessions"})
UNIT = {"total": "0", "uniques": "who", "sessions": "session", "per_user": "who"}
COUNT_OF = {
    "total": "sum(n) {only}",
    "uniques": "count(DISTINCT unit) {only}",
    "sessions": "count(DISTINCT unit) {only}",
    "per_user": "sum(n) {only} / count(DISTINCT unit) {only}",
}


def rows(asking: Asking, measuring: Measuring) -> list[tuple[Any, ...]]:
    """Rows of (bucket or None for the total, *values, measure, 0)."""
    measure, before = measuring.series.measure, measuring.before
    if measure in DISTINCT and measuring.buckets.count <= trends_masks.MOST:
        return _distinct(asking, measuring)
    of_bucket = COUNT_OF[measure].format(only="")
    of_all = COUNT_OF[measure].format(only=f"FILTER (WHERE b >= {before})" if before else "")
    return asking.rows(f"{counted_sql(asking, measuring)} {measuring.by_bucket_and_total(of_bucket, of_all)}")


def _distinct(asking: Asking, measuring: Measuring) -> list[tuple[Any, ...]]:
    measuring.prepare(asking)
    if measuring.series.measure == "sessions":
        source, links = sessions.with_sessions(asking.events(*measuring.bounds)), None
    else:
        source, links = asking.by_actor(*measuring.bounds)
    hits = measuring.hits_sql(asking, source, f"{UNIT[measuring.series.measure]} AS unit")
    return trends_masks.rows(asking, measuring, hits, links)


def counted_sql(asking: Asking, measuring: Measuring, *, actors: bool = False) -> str:
    """CTEs up to `coded(b, v0 …, unit, n)`; with `actors` the units are told apart by `who`, too."""
    measuring.prepare(asking)
    measure = measuring.series.measure
    if measure == "total" and not actors:  # nobody asks who
        source, _ = asking.by_actor(*measuring.bounds)
    else:
        source = asking.events(*measuring.bounds)
    if measure == "sessions":
        source = sessions.with_sessions(source)
    who = ["who"] if actors else []
    cell = ["unit", *who]
    return f"""
        WITH {measuring.hits_sql(asking, source, f"{UNIT[measure]} AS unit", *who)},
        cells AS MATERIALIZED (SELECT b{measuring.by}, {", ".join(cell)}, count(*) AS n FROM hits GROUP BY ALL),
        {measuring.coded_sql(asking, "cells", COUNT_OF[measure].format(only=""), "b", "unit", "n", *who)}
    """
