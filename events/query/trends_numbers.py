"""Measures of a property's numbers in a trend: `sum`, `avg`, `min`, `max` and percentiles.

WITH e  AS (…rows of the tenant…),
hits    AS (SELECT bucket AS b, value AS v, property AS t FROM e WHERE …event and filters…),
numbers AS (SELECT *, t as a number or NULL AS x FROM hits),
top     AS (SELECT v FROM numbers GROUP BY v ORDER BY …measure… DESC LIMIT 25),
coded   AS (SELECT b, v or '$other', t, x FROM numbers …)
SELECT b, v, …measure of x… FROM coded GROUP BY b, v
UNION ALL
SELECT NULL, v, …measure of x…, …t that are no number… FROM coded GROUP BY v
"""

from __future__ import annotations

from typing import Any

from events.query import properties
from events.query.asking import Asking
from events.query.trends_measuring import Measuring

AGGREGATE = {
    "sum": "sum(x)",
    "avg": "avg(x)",
    "min": "min(x)",
    "max": "max(x)",
    **{f"p{percent}": f"quantile_cont(x, {percent / 100})" for percent in (50, 75, 90, 95, 99)},
}


def rows(asking: Asking, measuring: Measuring) -> list[tuple[Any, ...]]:
    """Rows of (bucket or None for the total, *values, measure, how many values of the total were no numbers)."""
    aggregate, shown = AGGREGATE[measuring.series.measure], f"b >= {measuring.before}"
    of_all = f"{aggregate} FILTER (WHERE {shown})"
    ignored = f"count(*) FILTER (WHERE t IS NOT NULL AND x IS NULL AND {shown})"
    ctes = numbers_sql(asking, measuring)
    return asking.rows(f"{ctes} {measuring.by_bucket_and_total(aggregate, of_all, ignored)}")


def numbers_sql(asking: Asking, measuring: Measuring, *, actors: bool = False) -> str:
    """CTEs up to `coded(b, v0 …, t, x, who)`: the property as text and as a number; with `actors` `who` is right."""
    measuring.prepare(asking)
    series = measuring.series
    assert series.property is not None
    source = asking.events(*measuring.bounds) if actors else asking.by_actor(*measuring.bounds)[0]
    text = f"{properties.text(series.property, asking.binds)} AS t"
    return f"""
        WITH {measuring.hits_sql(asking, source, text, "who")},
        numbers AS (
            SELECT *, CASE WHEN isfinite(TRY_CAST(t AS DOUBLE)) THEN TRY_CAST(t AS DOUBLE) END AS x FROM hits
        ),
        {measuring.coded_sql(asking, "numbers", AGGREGATE[series.measure], "b", "t", "x", "who")}
    """
