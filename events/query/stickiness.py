"""Stickiness: how many actors were active in exactly (or at least) n intervals of the range.

WITH e AS (…), days AS (SELECT who, count(DISTINCT bucket) AS n FROM e WHERE … GROUP BY who)
SELECT n, count(*) FROM days GROUP BY n
"""

from __future__ import annotations

from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import buckets_of, number_sql
from events.query.types import Stickiness


def answer(asking: Asking, question: Stickiness) -> dict[str, Any]:
    """`{"counts": [{"n": 1, "users": …}, …], "intervals": …}`, one entry for each n up to the range's intervals."""
    buckets = buckets_of(asking.period, question.interval, asking.now)
    statement = days_sql(asking, question) + " SELECT n, count(*) FROM days GROUP BY n"
    users = dict(asking.rows(statement))
    counts = [users.get(n, 0) for n in range(1, buckets.count + 1)]
    if question.at_least:
        counts = [sum(counts[at:]) for at in range(len(counts))]
    return {
        "counts": [{"n": n, "users": count} for n, count in enumerate(counts, 1)],
        "intervals": buckets.count,
    }


def days_sql(asking: Asking, question: Stickiness) -> str:
    """CTEs up to `days(who, n)`."""
    asking.prepare(names_in(asking.filters))
    buckets = buckets_of(asking.period, question.interval, asking.now)
    chosen = conditions.step(question.event, asking.filters, asking.binds)
    return f"""
        WITH e AS ({asking.events(buckets.since, buckets.until)}),
        days AS (
            SELECT who, count(DISTINCT {number_sql(buckets.edges, asking.binds)}) AS n
            FROM e WHERE {chosen} GROUP BY who
        )
    """
