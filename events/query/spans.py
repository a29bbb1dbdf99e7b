"""Ranges of time as local buckets. Edges come from zoneinfo and travel to the database as instants."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from obc_analytics.errors import BadRequest

PRESETS = ("24h", "7d", "30d", "90d")
COMPARES = ("previous_period", "previous_year")
MAX_DAYS = 366
HOURLY_DAYS = 2  # a range of at most so many days is shown by the hour
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def zone_of(name: str, parameter: str = "timezone") -> zoneinfo.ZoneInfo:
    """Raises BadRequest for what is no IANA name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        place: dict[str, Any] = {"path" if parameter.startswith("$") else "parameter": parameter}
        raise BadRequest(
            f"{parameter}: {name[:60]!r} is not a time zone's IANA name, such as Europe/Berlin.", **place
        ) from None


def midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    """The instant at which a local day begins, in UTC.

    A midnight that the clock skips is the instant of the change; of one that comes twice, the first.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def day_edges(first: date, last: date, zone: zoneinfo.ZoneInfo) -> list[datetime]:
    """Beginnings of the days `first` … `last`, and the end of the last."""
    return [midnight(first + timedelta(days=number), zone) for number in range((last - first).days + 2)]


def rfc3339(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat()
    return text.replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive buckets: bucket i is [edges[i], edges[i+1]), in UTC."""

    name: str
    zone: zoneinfo.ZoneInfo
    interval: str  # hour | day
    edges: tuple[datetime, ...]
    now: datetime

    @property
    def since(self) -> datetime:
        return self.edges[0]

    @property
    def until(self) -> datetime:
        return self.edges[-1]

    @property
    def count(self) -> int:
        return len(self.edges) - 1

    def label(self, index: int) -> str:
        local = self.edges[index].astimezone(self.zone)
        return local.date().isoformat() if self.interval == "day" else local.isoformat(timespec="minutes")

    def incomplete(self, index: int) -> bool:
        return self.edges[index + 1] > self.now

    def compared(self, compare: str) -> Span:
        """The buckets to compare with: as many, and no further into themselves than these have come."""
        if compare == "previous_period":
            days = self.count if self.interval == "day" else max(1, round((self.until - self.since) / DAY))
            return self._shifted(lambda local: local - timedelta(days=days))
        return self._shifted(_a_year_before)

    def _shifted(self, shift) -> Span:
        start = self.since.astimezone(self.zone).replace(tzinfo=None)
        if self.interval == "day":
            # noon: a day that begins at 01:00 is still that day
            first = shift((self.since.astimezone(self.zone)).replace(tzinfo=None)).date()
            edges = day_edges(first, first + timedelta(days=self.count - 1), self.zone)
            end = self._instant(shift(self.now.astimezone(self.zone).replace(tzinfo=None)))
        else:
            begin = self._instant(shift(start))
            edges = [begin + (edge - self.since) for edge in self.edges]
            end = begin + (self.now - self.since)
        if self.now < self.until:
            edges = [min(edge, max(end, edges[0])) for edge in edges]
        return Span(self.name, self.zone, self.interval, tuple(edges), self.now)

    def _instant(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def _a_year_before(local: datetime) -> datetime:
    try:
        return local.replace(year=local.year - 1)
    except ValueError:  # 29 February
        return local.replace(year=local.year - 1, day=28)


def span(range_: str, timezone: str, now: datetime) -> Span:
    """A span of `24h`, `7d`, `30d`, `90d` (today included) or `2026-10-01..2026-10-31` (local days, inclusive).

    Raises BadRequest naming `range` or `timezone`.
    """
    zone = zone_of(timezone)
    if range_ == "24h":
        return _hours(range_, zone, _whole_hour(now, zone) - 23 * HOUR, 24, now)
    if range_ in PRESETS:
        today = now.astimezone(zone).date()
        first = today - timedelta(days=int(range_[:-1]) - 1)
        return Span(range_, zone, "day", tuple(day_edges(first, today, zone)), now)
    first, last = _days(range_)
    edges = day_edges(first, last, zone)
    if (last - first).days < HOURLY_DAYS:
        return _until(_hours(range_, zone, edges[0], 26 * HOURLY_DAYS, now), edges[-1])
    return Span(range_, zone, "day", tuple(edges), now)


def _whole_hour(now: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    return (now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)).astimezone(UTC)


def _hours(name: str, zone: zoneinfo.ZoneInfo, since: datetime, count: int, now: datetime) -> Span:
    return Span(name, zone, "hour", tuple(since + number * HOUR for number in range(count + 1)), now)


def _until(hours: Span, end: datetime) -> Span:
    edges = (*[edge for edge in hours.edges if edge < end], end)
    return Span(hours.name, hours.zone, hours.interval, edges, hours.now)


def _days(text: str) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(part) for part in text.split(".."))
        assert first.year > 1970 and last.year < 9000
    except (ValueError, AssertionError):
        raise BadRequest(
            f"range: {text[:60]!r} is no range; allowed are {', '.join(PRESETS)} and 2026-10-01..2026-10-31.",
            parameter="range",
        ) from None
    if last < first:
        raise BadRequest("range: it ends before it starts.", parameter="range")
    if (last - first).days >= MAX_DAYS:
        raise BadRequest(f"range: at most {MAX_DAYS} days.", parameter="range")
    return first, last
