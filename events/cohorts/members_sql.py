"""A definition → a statement of `who`, in one pass over the rows.

    WITH e AS (…rows of the tenant…),
    counted AS (
        SELECT who, count(*) FILTER (…a behaviour…) AS n0, …,
            arg_max(…a built-in passes…, (ts, seq)) FILTER (…it is set…) AS k0, …
        FROM e GROUP BY who
    )
    SELECT who FROM counted LEFT JOIN traits USING (who) WHERE n0 >= 3 AND NOT (…)

Where the conditions can't hold for one who did none of the behaviours, only their events and days are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from events.cohorts.types import AllOf, AnyOf, Behaviour, Condition, Not, Property, walk
from events.query import conditions, properties
from events.query.spans import midnight
from events.query.types import Filter

if TYPE_CHECKING:
    from events.query.asking import Asking

SIGNS = {"at_least": ">=", "at_most": "<=", "exactly": "="}
# what a condition says of one for whom the property was never set
HOLDS_WITHOUT = frozenset({"is_not", "not_in", "not_contains", "is_not_set"})


@dataclass(slots=True)
class Parts:
    """Columns of `counted`, and what rows it reads."""

    columns: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    sinces: list[datetime | None] = field(default_factory=list)
    untils: list[datetime | None] = field(default_factory=list)
    latest: bool = False  # the latest event that has a built-in may lie anywhere


def members_sql(asking: Asking, definition: Condition, traits_of: str | None) -> str:
    """A statement of the column `who`, each once. `traits_of`: a table (who, traits) of the profile properties
    that `names_in` finds, None for none. `asking.prepare` was told those names."""
    parts = Parts()
    holds = _expression(asking, definition, parts)
    only, since, until = "true", None, None
    if parts.chosen and not parts.latest and not _can_hold(definition):
        only = " OR ".join(parts.chosen)
        since, until = _earliest(parts.sinces), _latest(parts.untils)
    columns = "".join(f", {column}" for column in parts.columns)
    known = f"counted LEFT JOIN {traits_of} AS known USING (who)" if traits_of else "counted"
    return f"""
        WITH e AS ({asking.events(since, until)}),
        counted AS (SELECT who{columns} FROM e WHERE {only} GROUP BY who)
        SELECT who FROM {known} WHERE {holds}
    """


def names_in(definition: Condition) -> list[str]:
    """Names of all properties that a definition reads."""
    found = []
    for _, _, node in walk(definition):
        if isinstance(node, Behaviour):
            found += [each.property for each in node.filters]
        elif isinstance(node, Property):
            found.append(node.property)
    return found


def _expression(asking: Asking, node: Condition, parts: Parts) -> str:
    match node:
        case Behaviour():
            return _behaviour(asking, node, parts)
        case Property() if node.property.startswith(properties.PROFILE):
            return f"({conditions.condition(node.as_filter(), asking.binds)})"
        case Property():
            return _latest_says(asking, node.as_filter(), parts)
        case Not():
            return f"NOT {_expression(asking, node.condition, parts)}"
        case AllOf() | AnyOf():
            word = " AND " if isinstance(node, AllOf) else " OR "
            return "(" + word.join([_expression(asking, each, parts) for each in node.conditions]) + ")"


def _behaviour(asking: Asking, node: Behaviour, parts: Parts) -> str:
    since, until = bounds(asking, node)
    tests = [conditions.step(node.event, node.filters, asking.binds)]
    tests += [f"ts >= {asking.binds.add(since)}"] if since else []
    tests += [f"ts < {asking.binds.add(until)}"] if until else []
    chosen, name = f"({' AND '.join(tests)})", f"n{len(parts.columns)}"
    parts.columns.append(f"count(*) FILTER (WHERE {chosen}) AS {name}")
    parts.chosen.append(chosen)
    parts.sinces.append(since)
    parts.untils.append(until)
    return f"({name} {SIGNS[node.times]} {node.n})"


def bounds(asking: Asking, node: Behaviour) -> tuple[datetime | None, datetime | None]:
    """[since, until) of what counts, None without a bound."""
    zone = asking.period.zone
    if node.between is not None:
        first, last = node.between.first, node.between.last
    elif node.last_days is not None:
        last = asking.now.astimezone(zone).date()
        first = last - timedelta(days=node.last_days - 1)
    else:
        return None, None
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def _latest_says(asking: Asking, filter_: Filter, parts: Parts) -> str:
    """The filter of a built-in, held against the person's latest event that has it."""
    says = conditions.condition(filter_, asking.binds)
    has = f"{properties.text(filter_.property, asking.binds)} IS NOT NULL"
    name, parts.latest = f"k{len(parts.columns)}", True
    parts.columns.append(f"arg_max({says}, struct_pack(ts, seq)) FILTER (WHERE {has}) AS {name}")
    return f"coalesce({name}, {'true' if filter_.op in HOLDS_WITHOUT else 'false'})"


def _can_hold(node: Condition) -> bool:
    """Whether it can hold for one who did none of the behaviours."""
    return True in _outcomes(node)


def _outcomes(node: Condition) -> frozenset[bool]:
    """What it may come to for one without any of the behaviours; a property may say either."""
    match node:
        case Behaviour():
            return frozenset({node.times != "at_least" and (node.times == "at_most" or node.n == 0)})
        case Property():
            return frozenset({True, False})
        case Not():
            return frozenset(not each for each in _outcomes(node.condition))
        case AllOf() | AnyOf():
            found = [_outcomes(each) for each in node.conditions]
            decides = isinstance(node, AnyOf)  # what one part alone brings about; the other takes every part
            may = {decides} if any(decides in each for each in found) else set()
            may |= {not decides} if all((not decides) in each for each in found) else set()
            return frozenset(may)


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return None if None in moments else min(each for each in moments if each is not None)


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    return None if None in moments else max(each for each in moments if each is not None)
