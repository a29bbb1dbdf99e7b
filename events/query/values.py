"""Values of a breakdown as text: not set is `$none`, beyond the top values `$other`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from events.query import properties
from events.query.binds import Binds
from events.query.types import Breakdown
from obc_analytics.errors import BadRequest

OTHER, NONE = "$other", "$none"


def breakdown_values(breakdown: Iterable[Breakdown], binds: Binds) -> list[str]:
    return [f"coalesce({properties.text(each.property, binds)}, '{NONE}')" for each in breakdown]


def is_one_of(names: Sequence[str], keys: Iterable[tuple[str, ...]], binds: Binds) -> str:
    """Whether the columns `names` hold one of these combinations of values; a breakdown's are never NULL."""
    bound = [f"({', '.join(binds.add(value) for value in key)})" for key in keys]
    if bound:
        return f"({', '.join(names)}) IN ({', '.join(bound)})"
    return f"{names[0]} IS NULL" if names else "false"


def check_chosen(value: Sequence[Any] | None, breakdown: Sequence[Breakdown]) -> None:
    """A number's value of the breakdown, `at.breakdown`, has a part for each property. Raises BadRequest."""
    if value is not None and len(value) != len(breakdown):
        raise BadRequest(f"the question has {len(breakdown)} breakdown properties", path="$.at.breakdown")
