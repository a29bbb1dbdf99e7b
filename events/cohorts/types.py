"""Definitions as frozen objects: conditions over one person, joined by all, any and not.

    {"type": "all", "conditions": [
        {"type": "behaviour", "event": "search", "times": "at_least", "n": 3, "last_days": 30},
        {"type": "not", "condition": {"type": "property", "property": "profile:plan", "op": "is", "value": "free"}}]}

A behaviour counts a person's events: those of the last `last_days` local days, today included; of the local days
`between`, both inclusive; else of all time. "Did not do" is exactly 0 times; `at_most` and `exactly` 0 hold for
those who never did. A property is the profile's as it is now, or a built-in as the person's latest event that has
it says. Everybody is who ever sent an event. A definition can't name other cohorts, so none can lead to itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from events.query import properties
from events.query.allowed import refused
from events.query.types import Events, Filter, Name, Op, check_filter
from obc_analytics.errors import BadRequest

MAX_DEPTH = 5
MAX_CONDITIONS = 30  # behaviours and properties of one definition
MAX_DAYS = 1_100

# built-ins that say something of a person
OF_PERSON = frozenset(
    {"$browser", "$os", "$device_type", "$country", "$referring_domain", "$path", "$user_id", "$device_id"}
    | {name for name in properties.BUILT_IN if name.startswith("$utm_")}
)

Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Between(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Local days, both inclusive."""

    from_: Day
    to: Day

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("it ends before it starts")
        if (self.last - self.first).days > MAX_DAYS:
            raise ValueError(f"at most {MAX_DAYS} days")

    @property
    def first(self) -> date:
        return _date(self.from_)

    @property
    def last(self) -> date:
        return _date(self.to)


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """A condition over one person."""


class Behaviour(Node, frozen=True, tag="behaviour"):
    """Did the event (one of several) so many times."""

    event: Events = "*"
    filters: Annotated[tuple[Filter, ...], Meta(max_length=20)] = ()
    times: Literal["at_least", "at_most", "exactly"] = "at_least"
    n: Annotated[int, Meta(ge=0, le=1_000_000)] = 1
    last_days: Annotated[int, Meta(ge=1, le=MAX_DAYS)] | None = None
    between: Between | None = None

    def __post_init__(self) -> None:
        if self.times == "at_least" and self.n == 0:
            raise ValueError("at least 0 times holds for everybody; give 1 or more")
        if self.last_days is not None and self.between is not None:
            raise ValueError("give last_days or between, not both")
        for each in self.filters:
            check_name(each.property)


class Property(Node, frozen=True, tag="property"):
    """What is known of the person passes a filter."""

    property: Name
    op: Op = "is"
    value: Any = None

    def __post_init__(self) -> None:
        if not self.property.startswith(properties.PROFILE) and self.property not in OF_PERSON:
            known = ", ".join(sorted(OF_PERSON))
            raise ValueError(f"a person has profile: properties and {known}; an event's property belongs to what was "
                             "done")  # fmt: skip
        check_filter(self.as_filter())

    def as_filter(self) -> Filter:
        return Filter(self.property, self.op, self.value)


class AllOf(Node, frozen=True, tag="all"):
    conditions: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=MAX_CONDITIONS)]


class AnyOf(Node, frozen=True, tag="any"):
    conditions: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=MAX_CONDITIONS)]


class Not(Node, frozen=True, tag="not"):
    condition: Condition


Condition = Behaviour | Property | AllOf | AnyOf | Not


def _date(text: str) -> date:
    found = date.fromisoformat(text)
    if not 1971 <= found.year <= 9000:
        raise ValueError(f"{text} is out of range")
    return found


def check_name(name: str) -> None:
    """Raises ValueError for what no event has."""
    if name.startswith(properties.COHORT):
        raise ValueError("a cohort can't be made of other cohorts")
    if name.startswith("$") and name not in properties.BUILT_IN and name not in properties.KEPT:
        raise ValueError(f"{name[:60]!r} is no built-in property; there are {', '.join(properties.BUILT_IN)}")


def parse_definition(value: Any, at: str = "$") -> Condition:
    """A definition from decoded JSON. Raises BadRequest naming the path of the wrong part, below `at`."""
    try:
        found: Condition = msgspec.convert(value, type=Condition)
    except msgspec.ValidationError as error:
        raise refused(error, Condition, value, at) from None
    except (RecursionError, OverflowError) as error:
        raise BadRequest("The definition is nested too deep.", path=at) from error
    leaves = 0
    for path, depth, node in walk(found, at):
        leaves += isinstance(node, Behaviour | Property)
        if depth > MAX_DEPTH:
            raise BadRequest(f"conditions lie at most {MAX_DEPTH} deep, at {path}", path=path)
        if leaves > MAX_CONDITIONS:
            raise BadRequest(f"a cohort has at most {MAX_CONDITIONS} conditions, at {path}", path=path)
    return found


def walk(node: Condition, path: str = "$", depth: int = 1) -> Iterator[tuple[str, int, Condition]]:
    """Every condition with its path and depth, those that hold others first."""
    yield path, depth, node
    if isinstance(node, Not):
        yield from walk(node.condition, f"{path}.condition", depth + 1)
    elif isinstance(node, AllOf | AnyOf):
        for number, each in enumerate(node.conditions):
            yield from walk(each, f"{path}.conditions[{number}]", depth + 1)


def to_plain(definition: Condition) -> dict[str, Any]:
    """As plain JSON data, the way it is kept."""
    plain: dict[str, Any] = msgspec.to_builtins(definition)
    return plain
