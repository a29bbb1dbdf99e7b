"""Local buckets of a period: hours, days, weeks from Monday, months. Edges come from zoneinfo.

In SQL a row's bucket is arithmetic on its instant: edges are evenly spaced but where a clock changes or
months differ, so a handful of runs describes them all. That is an order of magnitude faster than asking
the engine for a row's local time, and no engine's zone data is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from events.query.asking import Period
from events.query.binds import Binds
from events.query.spans import midnight
from events.query.types import Interval
from obc_analytics.errors import BadRequest

MAX_BUCKETS = 2_000
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Bucket i is [edges[i], edges[i+1]) in UTC, labelled by its local beginning."""

    interval: Interval
    edges: tuple[datetime, ...]
    labels: tuple[str, ...]
    incomplete: tuple[bool, ...]

    @property
    def count(self) -> int:
        return len(self.labels)

    @property
    def since(self) -> datetime:
        return self.edges[0]

    @property
    def until(self) -> datetime:
        return self.edges[-1]


def buckets_of(period: Period, interval: Interval, now: datetime, *, before: int = 0) -> Buckets:
    """The buckets that the period touches, the first and last cut to it, and `before` whole ones ahead.

    Raises BadRequest for more than MAX_BUCKETS.
    """
    starts = _starts(period, interval, before)
    if len(starts) - 1 > MAX_BUCKETS:
        raise BadRequest(f"at most {MAX_BUCKETS} buckets: choose a longer interval", path="$.interval")
    edges = [max(starts[0], period.since) if not before else starts[0], *starts[1:-1], min(starts[-1], period.until)]
    labels = [_label(start, interval, period) for start in starts[:-1]]
    return Buckets(interval, tuple(edges), tuple(labels), tuple(end > now for end in starts[1:]))


def with_lead(period: Period, buckets: Buckets, before: int, now: datetime) -> Buckets:
    """The same with `before` whole buckets ahead, and between them, where the range begins within a bucket, one
    more: what of that bucket is before the range."""
    if not before:
        return buckets
    whole = buckets_of(period, buckets.interval, now, before=before)
    ahead = before + (whole.edges[before] < buckets.since)
    return Buckets(
        buckets.interval,
        (*whole.edges[:ahead], *buckets.edges),
        (*whole.labels[:ahead], *buckets.labels),
        (*whole.incomplete[:ahead], *buckets.incomplete),
    )


def _starts(period: Period, interval: Interval, before: int) -> list[datetime]:
    """Natural beginnings of the buckets, and the natural end of the last."""
    if interval == "hour":
        return _hours(period, before)
    day = _step(_begin(period.first, interval), interval, -before)
    starts: list[datetime] = []
    while day <= period.last and len(starts) <= MAX_BUCKETS + 1:
        starts.append(midnight(day, period.zone))
        day = _step(day, interval, 1)
    return [*starts, midnight(day, period.zone)]


def _hours(period: Period, before: int) -> list[datetime]:
    """Local whole hours; an hour that comes twice is two buckets, one that is skipped is none."""
    offset = period.since.astimezone(period.zone).utcoffset() or timedelta()
    into = (period.since + offset - datetime(1970, 1, 1, tzinfo=UTC)) % HOUR
    starts = [period.since - into - before * HOUR]
    while starts[-1] < period.until and len(starts) <= MAX_BUCKETS + 1:
        starts.append(starts[-1] + HOUR)
    return starts


def _begin(day: date, interval: Interval) -> date:
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def _step(day: date, interval: Interval, count: int) -> date:
    if interval == "month":
        months = day.year * 12 + day.month - 1 + count
        return date(months // 12, months % 12 + 1, 1)
    return day + timedelta(days=count * (7 if interval == "week" else 1))


def _label(start: datetime, interval: Interval, period: Period) -> str:
    local = start.astimezone(period.zone)
    return local.isoformat(timespec="minutes") if interval == "hour" else local.date().isoformat()


def number_sql(edges: tuple[datetime, ...], binds: Binds, column: str = "ts") -> str:
    """The number of the bucket that an instant between the first and the last edge lies in."""
    runs = _runs(edges)
    branches = []
    for position, (first, start, step) in enumerate(runs):
        value = f"{first} + (epoch_us({column}) - {_us(start)}) // {_span(step)}"
        if position == len(runs) - 1:
            branches.append(f"ELSE {value}")
        else:
            end = runs[position + 1][1]
            branches.append(f"WHEN {column} < {binds.add(end)} THEN {value}")
    return f"(CASE {' '.join(branches)} END)" if len(runs) > 1 else "(" + branches[0].removeprefix("ELSE ") + ")"


def _runs(edges: tuple[datetime, ...]) -> list[tuple[int, datetime, timedelta]]:
    """Maximal runs of evenly spaced edges: number of the first bucket, its beginning, the step."""
    runs: list[tuple[int, datetime, timedelta]] = []
    for number, (start, end) in enumerate(pairwise(edges)):
        if not runs or end - start != runs[-1][2]:
            runs.append((number, start, end - start))
    return runs


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _span(step: timedelta) -> int:
    return max(1, step // timedelta(microseconds=1))
