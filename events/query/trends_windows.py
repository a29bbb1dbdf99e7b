"""`wau` and `mau`: actors in the 7 or 30 local days that end on each bucket's last day.

An actor active on day d counts for the windows ending on d … d+6 (or d+29). Each active day therefore
adds one at the first of those that its previous active day did not cover already and takes one away
after the last; a running sum over days is the answer. One pass, however many windows overlap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from events.query import trends_counts
from events.query.asking import Asking
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.spans import midnight
from events.query.trends_measuring import Measuring
from events.query.values import Key, is_value

DAYS = {"wau": 7, "mau": 30}


def rows(asking: Asking, measuring: Measuring) -> list[tuple[Any, ...]]:
    """Rows of (bucket or None for the total, *values, actors, 0); the total is the range's uniques."""
    totals = totals_of(asking, measuring)
    keys = [row[1:-2] for row in totals]
    found = list(totals)
    for key in keys:  # one pass a value: at most 26
        found += [(at, *key, actors, 0) for at, actors in enumerate(_active(asking, measuring, key, keys))]
    return found


def totals_of(asking: Asking, measuring: Measuring) -> list[tuple[Any, ...]]:
    """Rows of (None, *values, uniques, 0) over the whole range, of all that are kept."""
    found = [row for row in trends_counts.rows(asking, as_uniques(measuring)) if row[0] is None]
    known = {row[1:-2] for row in found}
    return found + [(None, *key, 0, 0) for key in measuring.kept if key not in known]


def as_uniques(measuring: Measuring) -> Measuring:
    """The same series' `uniques`: their total is the total of `wau` and `mau`, too."""
    return replace(measuring, series=msgspec.structs.replace(measuring.series, measure="uniques"))


def _active(asking: Asking, measuring: Measuring, key: Key, among: Sequence[Key]) -> list[int]:
    """The actors of each bucket's window, of the rows whose breakdown is `key`; without a breakdown `()`, of all."""
    length, buckets = DAYS[measuring.series.measure], measuring.buckets
    days = _days(asking, buckets, length)
    chosen = measuring.chosen(asking)
    if key:
        chosen += " AND " + is_value(measuring.breakdown, key, among, asking.binds)
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
    return [actors[_last_day(days, buckets, at)] for at in range(buckets.count)]


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
