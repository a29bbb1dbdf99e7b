"""Lifecycle: who is new, returning, resurrecting or dormant in each interval.

    WITH e AS (…all rows up to the range's end…),
    active AS (SELECT DISTINCT who, bucket AS b FROM e WHERE …), with b < 0 folded into -1 and -2
    …joined with each actor's first bucket and the bucket before

An actor is new in the interval of their first activity ever; that reads everything before the range.
"""

from __future__ import annotations

from typing import Any

from events.query import by_value, conditions
from events.query.asking import Asking, names_in
from events.query.buckets import buckets_of, number_sql
from events.query.types import Breakdown, Lifecycle
from events.query.values import names_of

STATES = ("new", "returning", "resurrecting", "dormant")


def answer(asking: Asking, question: Lifecycle) -> dict[str, Any]:
    """`{"buckets", "incomplete", "new", "returning", "resurrecting", "dormant"}`; dormant as a positive number.

    By value the same four in `breakdowns`: of a value one is new with its first activity that has it.
    """
    buckets = buckets_of(asking.period, question.interval, asking.now, before=1)
    statement = states_sql(asking, question, ()) + " SELECT b, state, count(*) FROM states GROUP BY ALL"
    result: dict[str, Any] = {
        "buckets": list(buckets.labels[1:]),
        "incomplete": list(buckets.incomplete[1:]),
        **_by_state(asking.rows(statement), buckets.count),
    }
    if question.breakdown:
        names = names_of(question.breakdown)
        states = states_sql(asking, question, question.breakdown)
        rows = asking.rows(f"{states} SELECT {', '.join(names)}, b, state, count(*) FROM states GROUP BY ALL")
        result["breakdowns"] = by_value.parts(rows, len(names), lambda found: _by_state(found, buckets.count))
    return result


def _by_state(rows: list[tuple[Any, ...]], count: int) -> dict[str, list[int]]:
    counts = {(bucket, state): actors for bucket, state, actors in rows}
    return {state: [counts.get((bucket, state), 0) for bucket in range(1, count)] for state in STATES}


def states_sql(asking: Asking, question: Lifecycle, breakdown: tuple[Breakdown, ...]) -> str:
    """CTEs up to `states(who, b, v0 …, state)`; b counts from 1, the bucket before the range being 0."""
    asking.prepare(names_in(asking.filters, breakdown))
    buckets = buckets_of(asking.period, question.interval, asking.now, before=1)
    chosen = conditions.step(question.event, asking.filters, asking.binds)
    number = number_sql(buckets.edges, asking.binds)
    start = asking.binds.add(buckets.since)
    bucket = f"CASE WHEN ts < {start} THEN -1 ELSE {number} END"
    by = "".join(f", {name}" for name in names_of(breakdown))
    return f"""
        WITH e AS ({asking.events(None, buckets.until)}),
        {by_value.active_sql(asking, breakdown, bucket, chosen, "b >= 0")},
        spells AS (
            SELECT who, b{by}, lag(b) OVER (PARTITION BY who{by} ORDER BY b) AS previous,
                lead(b) OVER (PARTITION BY who{by} ORDER BY b) AS following
            FROM active
        ),
        states AS (
            SELECT who, b{by}, CASE WHEN previous IS NULL THEN 'new' WHEN previous = b - 1 AND previous >= 0
                THEN 'returning' ELSE 'resurrecting' END AS state
            FROM spells WHERE b >= 1
            UNION ALL
            SELECT who, b + 1{by}, 'dormant' FROM spells
            WHERE b >= 0 AND b + 1 < {buckets.count} AND following IS DISTINCT FROM b + 1
        )
    """
