"""The buckets that a trend is compared with: as many as it has, each standing for the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from events.query.asking import Period
from events.query.buckets import Buckets, buckets_of
from events.query.spans import midnight
from events.query.types import Trends

DAY = timedelta(days=1)


def compared_buckets(period: Period, question: Trends, buckets: Buckets, shown: int, now: datetime) -> Buckets:
    """The same number of buckets right before, or the same dates a year before; `shown` of them, at their end, are
    shown. 29 February has no date a year before: nothing was counted there."""
    if question.compare == "previous_year":
        return _moved(buckets, period.zone, _year_before)
    if question.interval == "hour":
        length = period.until - period.since
        return replace(buckets, edges=tuple(edge - length for edge in buckets.edges))
    if question.interval == "month":
        return buckets_of(_months_before(period, shown), "month", now, before=(question.rolling or 1) - 1)
    days = timedelta(days=shown * (7 if question.interval == "week" else 1))
    return _moved(buckets, period.zone, lambda day: day - days)


def _moved(buckets: Buckets, zone: ZoneInfo, back: Callable[[date], date]) -> Buckets:
    """The same edges on other dates, at the same local time. Where two fall together their bucket is empty."""
    edges = [_edge(edge, zone, lambda day: back(day - DAY) + DAY if (day.month, day.day) == (2, 29) else back(day))
             for edge in buckets.edges]  # fmt: skip
    # the last date's own counterpart ends the whole: of 28 February it is the 28th, though a 29th follows
    edges[-1] = _edge(buckets.until, zone, lambda day: back(day - DAY) + DAY)
    for at in range(1, len(edges)):
        edges[at] = max(edges[at], edges[at - 1])
    return replace(buckets, edges=tuple(edges))


def _edge(edge: datetime, zone: ZoneInfo, back: Callable[[date], date]) -> datetime:
    local = edge.astimezone(zone)
    if edge == midnight(local.date(), zone):  # which the clock may have skipped
        return midnight(back(local.date()), zone)
    return datetime.combine(back(local.date()), local.time(), tzinfo=zone).astimezone(UTC)


def _months_before(period: Period, count: int) -> Period:
    months = period.first.year * 12 + period.first.month - 1 - count
    first, last = date(months // 12, months % 12 + 1, 1), period.first.replace(day=1) - DAY
    return replace(
        period,
        since=midnight(first, period.zone),
        until=midnight(last + DAY, period.zone),
        first=first,
        last=last,
    )


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
