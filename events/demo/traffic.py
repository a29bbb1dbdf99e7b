"""The days of the demo, one after the other: who comes, who comes back, and in which requests it is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from events.demo import noise, people, places, visits, wire
from events.demo.people import Visit
from events.demo.wire import Timed

DAYS = 90
PEOPLE = 16_800  # visitors of the 90 days; about 37% of them sign up
DAY_MS = 86_400_000
WINDOW_MS = 300_000  # one request carries what happened in five minutes
MOST_EVENTS = 250  # of one request


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides every event: the same plan gives the same bytes."""

    first_day: date  # UTC
    seed: int = 1
    people: int = PEOPLE


@dataclass(frozen=True, slots=True)
class Request:
    """A body of `POST /batch`, and when it is sent. `copy`: sent a second time."""

    sent_at: int  # milliseconds since 1970
    body: bytes
    events: int
    copy: bool = False


def midnight_of(plan: Plan, day: int) -> int:
    """The beginning of the plan's n-th day (UTC) in milliseconds since 1970."""
    return int(datetime.combine(plan.first_day + timedelta(day), time(), UTC).timestamp()) * 1000


def last_day(plan: Plan, until: datetime) -> int:
    return (until.astimezone(UTC).date() - plan.first_day).days


def stream(plan: Plan, until: datetime, from_day: int = 0) -> Iterator[tuple[int, list[Request]]]:
    """Day by day the requests in order of time, none of them sent after `until`. One day is in memory."""
    end = int(until.timestamp() * 1000)
    for day, events in _days(plan, last_day(plan, until), from_day):
        seen = [event for event in events if event[0] < end]
        yield day, list(_requests(plan, day, seen, end))


def newcomers(plan: Plan, day: int) -> int:
    """How many come for the first time on that day: growth to about three times, by the rhythm of the week."""
    return round(plan.people * _weight(plan, day) / _weight_of_all(plan))


@lru_cache(maxsize=16)
def _weight_of_all(plan: Plan) -> float:
    return sum(_weight(plan, day) for day in range(DAYS))


def _weight(plan: Plan, day: int) -> float:
    weekday = places.WEEKDAYS[(plan.first_day + timedelta(day)).weekday()]
    return weekday * (0.55 + 1.0 * day / DAYS) * people.stream(plan.seed, 5, day).uniform(0.92, 1.08)


def _days(plan: Plan, last: int, from_day: int) -> Iterator[tuple[int, list[Timed]]]:
    """Each day's events in order. Visits that run past midnight go on in the next day's list."""
    to_come: dict[int, list[Visit]] = defaultdict(list)
    late: list[Timed] = []
    count = 0
    for day in range(last + 1):
        new = newcomers(plan, day)
        for index in range(count, count + new):
            for visit in people.born(plan.seed, index, day)[1]:
                if visit.day <= last:
                    to_come[visit.day].append(visit)
        count += new
        todays = to_come.pop(day, [])
        if day < from_day - 1:  # the day before the first one is played for what runs past midnight
            continue
        events = sorted(late + _played(plan, day, todays))
        cut = midnight_of(plan, day + 1)
        late = [event for event in events if event[0] >= cut]
        if day >= from_day:
            yield day, [event for event in events if event[0] < cut]


def _played(plan: Plan, day: int, todays: list[Visit]) -> list[Timed]:
    midnight, on = midnight_of(plan, day), plan.first_day + timedelta(day)
    found = noise.of_day(plan.seed, day, midnight)
    for visit in todays:
        hours = places.hours_of(visit.person.place.timezone, on)
        found += visits.play(plan.seed, visit, visits.start_of(plan.seed, visit, midnight, hours))
    return found


def _requests(plan: Plan, day: int, events: list[Timed], end: int) -> Iterator[Request]:
    """Five minutes a request; it leaves when the last of them has happened, some are sent twice."""
    windows: dict[int, list[Timed]] = defaultdict(list)
    for event in events:
        windows[event[0] // WINDOW_MS].append(event)
    rng = people.stream(plan.seed, 6, day)
    for number, window in windows.items():
        for part in range(0, len(window), MOST_EVENTS):
            some = window[part : part + MOST_EVENTS]
            sent_at = min(some[-1][0] + 400, end)
            body = wire.batch(f"demo-{number}-{part}", sent_at, [event for _, event in some])
            yield Request(sent_at, body, len(some))
            if rng.random() < noise.RESENT:
                yield Request(sent_at, body, len(some), copy=True)
