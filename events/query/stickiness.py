"""Stickiness: how many actors were active in exactly (or at least) n intervals of the range.

WITH e AS (…), active AS (SELECT DISTINCT who, bucket …), days AS (SELECT who, count(*) AS n FROM active GROUP BY who)
SELECT n, count(*) FROM days GROUP BY n
"""

from __future__ import annotations

from typing import Any

from events.query import by_value, conditions
from events.query.asking import Asking, names_in
from events.query.buckets import buckets_of, number_sql
from events.query.types import Breakdown, Stickiness
from events.query.values import names_of


def answer(asking: Asking, question: Stickiness) -> dict[str, Any]:
    """`{"counts": [{"n": 1, "users": …}, …], "intervals": …}`, one entry for each n up to the range's intervals; by
    value the same `counts` in `breakdowns`."""
    buckets = buckets_of(asking.period, question.interval, asking.now)
    whole = asking.rows(days_sql(asking, question, ()) + " SELECT n, count(*) FROM days GROUP BY n")
    result: dict[str, Any] = {**_counts(question, buckets.count, whole), "intervals": buckets.count}
    if question.breakdown:
        by = ", ".join(names_of(question.breakdown))
        days = days_sql(asking, question, question.breakdown)
        rows = asking.rows(f"{days} SELECT {by}, n, count(*) FROM days GROUP BY ALL")
        result["breakdowns"] = by_value.parts(
            rows, len(question.breakdown), lambda found: _counts(question, buckets.count, found)
        )
    return result


def _counts(question: Stickiness, intervals: int, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    users = dict(rows)
    counts = [users.get(n, 0) for n in range(1, intervals + 1)]
    if question.at_least:
        counts = [sum(counts[at:]) for at in range(len(counts))]
    return {"counts": [{"n": n, "users": count} for n, count in enumerate(counts, 1)]}


def days_sql(asking: Asking, question: Stickiness, breakdown: tuple[Breakdown, ...]) -> str:
    """CTEs up to `days(who, v0 …, n)`."""
    asking.prepare(names_in(asking.filters, breakdown))
    buckets = buckets_of(asking.period, question.interval, asking.now)
    chosen = conditions.step(question.event, asking.filters, asking.binds)
    by = "".join(f", {name}" for name in names_of(breakdown))
    return f"""
        WITH e AS ({asking.events(buckets.since, buckets.until)}),
        {by_value.active_sql(asking, breakdown, number_sql(buckets.edges, asking.binds), chosen, "true")},
        days AS (SELECT who{by}, count(*) AS n FROM active GROUP BY who{by})
    """
