"""What goes wrong on the way in, so that the delivery page has something to show."""

from __future__ import annotations

from random import Random

from events.demo import devices, people, wire
from events.demo.pages import DATASETS, LANDING, ORIGIN
from events.demo.wire import Timed

RESENT = 0.006  # share of batches that a client sends again: all of them duplicates
CRAWLED = 24  # page views of crawlers a day
BROKEN = (  # a day's events that can't be stored, and why: an old script of somebody's
    b'"properties":{"rows":12}',  # missing_name
    b'"event_name":"legacy_export","properties":"format=csv"',  # properties_not_object
    b'"event_name":"legacy_export","timestamp":"yesterday"',  # invalid_timestamp
    b'"event_name":"legacy_tree","properties":{"a":' + b'{"b":' * 9 + b"1" + b"}" * 9 + b"}",  # too_deep
)
WRONG_CLOCK = b"2031-01-01T00:00:00.000Z"  # stored at the time of receipt, with a warning


def of_day(seed: int, day: int, midnight: int) -> list[Timed]:
    """A day's crawlers, broken events and wrong clocks, in no order."""
    rng = people.stream(seed, 4, day)
    base = people.ident(seed, "noise", day)
    found = [_crawl(rng, base, number, midnight) for number in range(CRAWLED)]
    for body in rng.sample(BROKEN, rng.randint(0, 3)):
        found.append(_spliced(base, len(found), _moment(rng, midnight), body))
    if rng.random() < 0.4:
        clock = b'"event_name":"kiosk_heartbeat","timestamp":"%s","device_id":"d-kiosk-7"' % WRONG_CLOCK
        found.append(_spliced(base, len(found), _moment(rng, midnight), clock))
    return found


def _crawl(rng: Random, base: str, number: int, midnight: int) -> Timed:
    page = rng.choice((LANDING, DATASETS))
    shared = wire.members(page_url=ORIGIN + page.path, user_agent=rng.choice(devices.CRAWLERS))
    properties = {"title": page.title, "path": page.path}
    return wire.event(wire.event_id(base, number), b"page_view", _moment(rng, midnight), properties, shared)


def _spliced(base: str, number: int, at: int, body: bytes) -> Timed:
    return at, b'{"event_id":"%s",%s}' % (wire.event_id(base, number), body)


def _moment(rng: Random, midnight: int) -> int:
    return midnight + rng.randrange(86_400_000)
