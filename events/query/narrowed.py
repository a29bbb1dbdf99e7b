"""Asking that sees only the rows that pass the question's filters: for answers of many parts, each over `events()`."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from events.query import conditions
from events.query.asking import Asking, names_in


class Narrowed(Asking):
    __slots__ = ()

    def events(self, since: datetime | None, until: datetime | None) -> str:
        rows = super().events(since, until)
        return f"SELECT * FROM ({rows}) WHERE {conditions.all_of(self.filters, self.binds)}"


def narrowed(asking: Asking) -> Asking:
    """The same asking; without filters it is left as it is."""
    if not asking.filters:
        return asking
    asking.prepare(names_in(asking.filters))
    return Narrowed(**{field.name: getattr(asking, field.name) for field in fields(asking)})
