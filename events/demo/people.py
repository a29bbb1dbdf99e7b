"""A person of the demo: everything about their life here is drawn once, when they first come."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from events.demo import devices, names, pages, places
from events.demo.devices import Device
from events.demo.places import Place

# share of those at one step that take the next: pricing, signup_started, completed, project, search
LEAKS = (0.64, 0.72, 0.80, 0.76, 0.72)
LANDED, PRICED, STARTED, SIGNED_UP, HAS_PROJECT, SEARCHED = range(6)
# chance to come back on the k-th day after signing up: RETURN[depth] * engagement * k ** -DECAY
RETURN = {SIGNED_UP: 0.06, HAS_PROJECT: 0.17, SEARCHED: 0.3}
DECAY = 0.62
NAMESPACE = uuid.UUID("0b0c0de0-de30-5000-8000-000000000000")


@dataclass(slots=True)
class Visit:
    """One coming of a person: on which day, and up to which step they get then."""

    person: Person
    number: int
    day: int
    steps: range


@dataclass(slots=True)
class Person:
    index: int
    born: int  # day of the first visit, counted from the first day
    depth: int  # the last step of the funnel that they ever take
    place: Place
    device: Device
    second: Device | None  # a handheld they also use once signed up
    source: int
    role: str
    plan: str
    institution: str
    name: str
    ident: str  # 32 hex digits

    @property
    def user_id(self) -> str:
        return str(uuid.UUID(self.ident))

    @property
    def email(self) -> str:
        return names.email_of(self.name, self.index, self.institution)


def stream(seed: int, *parts: int) -> Random:
    """Numbers of their own for each thing that is drawn, so that nothing depends on what was drawn before."""
    key = seed
    for part in parts:
        key = key * 1_000_003 + part + 1
    return Random(key)


def ident(seed: int, *parts: object) -> str:
    """32 hex digits, a UUIDv5, the same for the same seed and parts."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, (seed, *parts)))).hex


def born(seed: int, index: int, day: int) -> tuple[Person, list[Visit]]:
    """The person and all their visits, in order; some lie beyond the days that are loaded."""
    rng = stream(seed, 1, index)
    depth = _depth(rng)
    place = rng.choices(places.PLACES, places.PLACE_WEIGHTS)[0]
    handheld = rng.choices(devices.HANDHELDS, devices.HANDHELD_WEIGHTS)[0]
    desktop = rng.choices(devices.DESKTOPS, devices.DESKTOP_WEIGHTS)[0]
    mobile_first = rng.random() < (0.34 if depth < SIGNED_UP else 0.12)
    person = Person(
        index=index,
        born=day,
        depth=depth,
        place=place,
        device=handheld if mobile_first else desktop,
        second=handheld if not mobile_first and depth >= SIGNED_UP and rng.random() < 0.18 else None,
        source=rng.choices(range(len(pages.SOURCES)), pages.SOURCE_WEIGHTS)[0],
        role=rng.choices(places.ROLES, places.ROLE_WEIGHTS)[0],
        plan=rng.choices(places.PLANS, places.PLAN_WEIGHTS)[0],
        institution=rng.choice(place.institutions),
        name=names.name_of(stream(seed, 7, index)),
        ident=ident(seed, "person", index),
    )
    days = _days(rng, person)
    return person, [Visit(person, number, on, steps) for number, (on, steps) in enumerate(days)]


def _depth(rng: Random) -> int:
    depth = LANDED
    for share in LEAKS:
        if rng.random() >= share:
            break
        depth += 1
    return depth


def _days(rng: Random, person: Person) -> list[tuple[int, range]]:
    """When they come, and which steps they take then. Most of the funnel happens at once, some days later."""
    found: list[tuple[int, range]] = []
    day, first = person.born, LANDED
    for step, later in ((STARTED, 0.2), (HAS_PROJECT, 0.15), (SEARCHED, 0.3)):
        if person.depth >= step and rng.random() < later:
            found.append((day, range(first, step)))
            day, first = day + rng.randint(1, 3), step
    found.append((day, range(first, person.depth + 1)))
    known = {on for on, _ in found}
    returns = _returns(rng, person, found[-1][0]) if person.depth >= SIGNED_UP else _second_look(rng, day)
    found += [(on, range(0)) for on in returns if on not in known]
    return sorted(found, key=lambda entry: entry[0])


def _second_look(rng: Random, day: int) -> Iterable[int]:
    """Some who did not sign up look once more."""
    return [day + rng.randint(1, 20)] if rng.random() < 0.12 else []


def _returns(rng: Random, person: Person, day: int) -> Iterable[int]:
    chance = RETURN[person.depth] * rng.choice((0.3, 0.8, 1.0, 1.9)) * (1.25 if person.plan != "free" else 1.0)
    return [day + after for after in range(1, 120) if rng.random() < chance * after**-DECAY]
