"""`wau` and `mau`: actors in the 7 or 30 local days that end on each bucket's last day.

An actor active on day d counts for the windows ending on d … d+6 (or d+29). Each active day therefore
adds one at the first of those that its previous active day did not cover already and takes one away
after the last; a running sum over days is the answer. One pass, however many windows overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from events.query import conditions
from events.query.asking import Asking
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.spans import midnight
from events.query.types import Question, Series, Trends
from events.query.values import OTHER, breakdown_values

DAYS = {"wau": 7, "mau": 30}


def windows_sql(
    asking: Asking,
    question: Trends,
    series: Series,
    buckets: Buckets,
    value: tuple[str, ...] = (),
    among: Iterable[tuple[str, ...]] = (),
) -> list[tuple[int, int, int]]:
    """Rows of (bucket, actors, 0) for the rows whose breakdown is `value`."""
    length = DAYS[series.measure]
    days = _days(asking, buckets, length)
    chosen = conditions.step(series.event, (*asking.filters, *series.filters), asking.binds)
    if value:
        chosen += " AND " + is_value(asking, question, value, among)
    deltas = asking.rows(f"""
        WITH e AS ({asking.events(days.since, days.until)}),
        active AS (SELECT DISTINCT who, {number_sql(days.edges, asking.binds)} AS d FROM e WHERE {chosen}),
        spans AS (
            SELECT greatest(d, coalesce(lag(d) OVER (PARTITION BY who ORDER BY d) + {length}, d)) AS first,
                d + {length} AS after
            FROM active
        )
        SELECT day, sum(delta) FROM (
            SELECT first AS day, 1 AS delta FROM spans UNION ALL SELECT after, -1 FROM spans
        ) GROUP BY day ORDER BY day
    """)
    actors, running = [0] * (days.count + length + 1), 0
    changes = {int(day): int(delta) for day, delta in deltas}
    for day in range(len(actors)):
        running += changes.get(day, 0)
        actors[day] = running
    return [(at, actors[_last_day(days, buckets, at)], 0) for at in range(buckets.count)]


def _days(asking: Asking, buckets: Buckets, length: int) -> Buckets:
    """Local days from `length` before the first bucket's last day to the last bucket's end."""
    zone = asking.period.zone
    first = buckets.since.astimezone(zone).date() - timedelta(days=length)
    last = (buckets.until - timedelta(microseconds=1)).astimezone(zone).date()
    period = replace(asking.period, since=midnight(first, zone), until=midnight(last + timedelta(days=1), zone),
                     first=first, last=last)  # fmt: skip
    return buckets_of(period, "day", asking.now)


def _last_day(days: Buckets, buckets: Buckets, at: int) -> int:
    end = buckets.edges[at + 1] - timedelta(microseconds=1)
    return bisect_right(days.edges, end) - 1


def is_value(asking: Asking, question: Question, value: tuple[str, ...], among: Iterable[tuple[str, ...]]) -> str:
    """Whether a row has these values of the breakdown; `$other`: none of those of `among`."""
    columns = breakdown_values(question.breakdown, asking.binds)
    if OTHER not in value:
        return "(" + " AND ".join(f"{c} = {asking.binds.add(v)}" for c, v in zip(columns, value, strict=True)) + ")"
    named = [each for each in among if OTHER not in each]
    tests = [
        "(" + " AND ".join(f"{c} = {asking.binds.add(v)}" for c, v in zip(columns, each, strict=True)) + ")"
        for each in named
    ]
    return "NOT (" + " OR ".join(tests) + ")" if tests else "true"
