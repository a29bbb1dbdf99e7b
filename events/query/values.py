"""A breakdown's values as text, in the columns v0, v1 …: not set is `$none`, beyond the top values `$other`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from events.query import properties
from events.query.binds import Binds
from events.query.types import Breakdown
from obc_analytics.errors import BadRequest

OTHER, NONE = "$other", "$none"
TOP = 25  # values that are told apart; in flows fewer
Key = tuple[str, ...]  # a combination of values, one of each property


def breakdown_values(breakdown: Iterable[Breakdown], binds: Binds) -> list[str]:
    return [f"coalesce({properties.text(each.property, binds)}, '{NONE}')" for each in breakdown]


def names_of(breakdown: Sequence[Breakdown]) -> list[str]:
    """The columns that hold them: `v0`, `v1` …"""
    return [f"v{number}" for number in range(len(breakdown))]


def columns_of(breakdown: Sequence[Breakdown], binds: Binds) -> list[str]:
    """`… AS v0`, `… AS v1` … of raw rows."""
    values = breakdown_values(breakdown, binds)
    return [f"{value} AS {name}" for value, name in zip(values, names_of(breakdown), strict=True)]


def or_other(names: Sequence[str], rows: str) -> str:
    """The columns `names` of `rows`, LEFT JOINed with `top`, the rows of the values that are told apart: all others
    are `$other`."""
    known = f"top.{names[0]} IS NULL"  # the join found none: a breakdown's values are never NULL
    return ", ".join(f"CASE WHEN {known} THEN '{OTHER}' ELSE {rows}.{name} END AS {name}" for name in names)


def is_one_of(names: Sequence[str], keys: Iterable[Key], binds: Binds) -> str:
    """Whether the columns `names` hold one of these combinations of values; a breakdown's are never NULL."""
    bound = [f"({', '.join(binds.add(value) for value in key)})" for key in keys]
    if bound:
        return f"({', '.join(names)}) IN ({', '.join(bound)})"
    return f"{names[0]} IS NULL" if names else "false"


def is_value(breakdown: Sequence[Breakdown], key: Key, among: Iterable[Key], binds: Binds) -> str:
    """Whether a raw row has these values; `$other`: none of those of `among`."""
    columns = breakdown_values(breakdown, binds)
    if OTHER not in key:
        return _equal(columns, key, binds)
    tests = [_equal(columns, each, binds) for each in among if OTHER not in each]
    return "NOT (" + " OR ".join(tests) + ")" if tests else "true"


def _equal(columns: Sequence[str], key: Key, binds: Binds) -> str:
    tests = [f"{column} = {binds.add(value)}" for column, value in zip(columns, key, strict=True)]
    return "(" + " AND ".join(tests) + ")"


def check_chosen(value: Sequence[Any] | None, breakdown: Sequence[Breakdown]) -> None:
    """A number's value of the breakdown, `at.breakdown`, has a part for each property. Raises BadRequest."""
    if value is not None and len(value) != len(breakdown):
        raise BadRequest(f"the question has {len(breakdown)} breakdown properties", path="$.at.breakdown")


def is_chosen(value: Sequence[Any] | None, breakdown: Sequence[Breakdown], binds: Binds) -> list[str]:
    """Tests of the columns v0, v1 … for that value; none where there is none. Raises BadRequest."""
    check_chosen(value, breakdown)
    return [f"{name} = {binds.add(str(each))}" for name, each in zip(names_of(breakdown), value or (), strict=False)]
