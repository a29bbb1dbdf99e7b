"""Values of a breakdown as text: not set is `$none`, beyond the top values `$other`."""

from __future__ import annotations

from collections.abc import Iterable

from events.query import properties
from events.query.binds import Binds
from events.query.types import Breakdown

OTHER, NONE = "$other", "$none"


def breakdown_values(breakdown: Iterable[Breakdown], binds: Binds) -> list[str]:
    return [f"coalesce({properties.text(each.property, binds)}, '{NONE}')" for each in breakdown]
