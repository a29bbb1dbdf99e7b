"""Lifecycle: who is new, returning, resurrecting or dormant in each interval.

    WITH e AS (…all rows up to the range's end…),
    active AS (SELECT DISTINCT who, bucket AS b FROM e WHERE …), with b < 0 folded into -1 and -2
    …joined with each actor's first bucket and the bucket before

An actor is new in the interval of their first activity ever; that reads everything before the range.
"""

from __future__ import annotations

from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import buckets_of, number_sql
from events.query.types import Lifecycle

STATES = ("new", "returning", "resurrecting", "dormant")


def answer(asking: Asking, question: Lifecycle) -> dict[str, Any]:
    """`{"buckets", "incomplete", "new", "returning", "resurrecting", "dormant"}`; dormant as a positive number."""
    buckets = buckets_of(asking.period, question.interval, asking.now, before=1)
    statement = states_sql(asking, question) + " SELECT b, state, count(*) FROM states GROUP BY ALL"
    counts = {(bucket, state): count for bucket, state, count in asking.rows(statement)}
    shown = range(1, buckets.count)
    return {
        "buckets": list(buckets.labels[1:]),
        "incomplete": list(buckets.incomplete[1:]),
        **{state: [counts.get((bucket, state), 0) for bucket in shown] for state in STATES},
    }


def states_sql(asking: Asking, question: Lifecycle) -> str:
    """CTEs up to `states(who, b, state)`; b counts from 1, the bucket before the range being 0."""
    asking.prepare(names_in(asking.filters))
    buckets = buckets_of(asking.period, question.interval, asking.now, before=1)
    chosen = conditions.step(question.event, asking.filters, asking.binds)
    number = number_sql(buckets.edges, asking.binds)
    start = asking.binds.add(buckets.since)
    return f"""
        WITH e AS ({asking.events(None, buckets.until)}),
        active AS MATERIALIZED (
            SELECT DISTINCT who, CASE WHEN ts < {start} THEN -1 ELSE {number} END AS b FROM e WHERE {chosen}
        ),
        spells AS (
            SELECT who, b, lag(b) OVER (PARTITION BY who ORDER BY b) AS previous,
                lead(b) OVER (PARTITION BY who ORDER BY b) AS following
            FROM active
        ),
        states AS (
            SELECT who, b, CASE WHEN previous IS NULL THEN 'new' WHEN previous = b - 1 AND previous >= 0
                THEN 'returning' ELSE 'resurrecting' END AS state
            FROM spells WHERE b >= 1
            UNION ALL
            SELECT who, b + 1, 'dormant' FROM spells
            WHERE b >= 0 AND b + 1 < {buckets.count} AND following IS DISTINCT FROM b + 1
        )
    """
