"""A definition as a sentence: `did search at least 3 times in the last 30 days and not (profile plan is free)`."""

from __future__ import annotations

from dashboards.insights import options
from dashboards.insights.values import ANY
from events.cohorts.types import AllOf, AnyOf, Behaviour, Condition, Not, Property
from events.query.properties import PROFILE
from events.query.types import Filter

OPS = {choice.value: choice.label for choice in options.OPS}
TIMES = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}
BARE = {"is_set", "is_not_set"}


def sentence(node: Condition, outer: bool = True) -> str:
    match node:
        case Behaviour():
            return _behaviour(node)
        case Property():
            return _filter(node.as_filter())
        case Not():
            return f"not ({sentence(node.condition)})"
        case AllOf() | AnyOf():
            word = " and " if isinstance(node, AllOf) else " or "
            text = word.join(sentence(each, outer=False) for each in node.conditions)
            return text if outer or len(node.conditions) == 1 else f"({text})"


def _behaviour(node: Behaviour) -> str:
    names = [node.event] if isinstance(node.event, str) else list(node.event)
    event = ANY.lower() if "*" in names else " or ".join(names)
    if node.filters:
        event += " where " + " and ".join(_filter(each) for each in node.filters)
    if node.times == "exactly" and node.n == 0:
        return f"did not do {event}{_when(node)}"
    if node.times == "at_least" and node.n == 1:
        return f"did {event}{_when(node)}"
    or_never = " or never" if node.times == "at_most" and node.n else ""
    times = "time" if node.n == 1 else "times"
    return f"did {event} {TIMES[node.times]} {node.n} {times}{or_never}{_when(node)}"


def _when(node: Behaviour) -> str:
    if node.last_days is not None:
        return " today" if node.last_days == 1 else f" in the last {node.last_days} days"
    if node.between is not None:
        return f" from {node.between.from_} to {node.between.to}"
    return ""


def _filter(filter_: Filter) -> str:
    name, value = filter_.property, filter_.value
    name = f"profile {name.removeprefix(PROFILE)}" if name.startswith(PROFILE) else name
    if filter_.op in BARE:
        return f"{name} {OPS[filter_.op]}"
    listed = value if isinstance(value, list) else [value]
    joint = " and " if filter_.op == "between" else ", "
    return f"{name} {OPS[filter_.op]} {joint.join(str(each) for each in listed)}"
