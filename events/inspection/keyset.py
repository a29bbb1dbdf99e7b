"""One page of the newest rows of some tenants, found by index and in bounded work.

Every index of these tables begins with the tenant, so each tenant is asked on its own for its newest rows,
and the answers are merged. A filter that no index serves looks through at most SCAN rows a page; the page
says how far it got, and the next one goes on from there.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Field, Model, Q, QuerySet

SCAN = 100_000  # rows a page may look through: about 0.2 s

Key = tuple[Any, ...]  # the values of `order`


@dataclass(frozen=True, slots=True)
class Selection:
    """What to list. `order`: fields, newest first, that an index (tenant, …) is sorted by; the last is unique."""

    tenants: Sequence[uuid.UUID]
    rows: QuerySet[Any]  # with all filters
    by_index: QuerySet[Any]  # with those filters only that the index serves
    order: tuple[str, ...]

    @property
    def bounded(self) -> bool:
        """Whether rows have to be looked through, because a filter is not served by the index."""
        return self.rows is not self.by_index


@dataclass(slots=True)
class Page:
    rows: list[Any] = field(default_factory=list)
    older: Key | None = None  # where the next page begins; None: this is the last
    looked_until: Key | None = None  # set when the page ends because SCAN rows were looked through


def page(selection: Selection, size: int, before: Key | None = None) -> Page:
    """The newest `size` rows older than `before`."""
    floor = _floor(selection, before, max(size, SCAN // max(1, len(selection.tenants))))
    rows = _newest(selection.rows, selection, size + 1, before, floor)
    if len(rows) > size:
        return Page(rows[:size], older=key_of(rows[size - 1], selection.order))
    return Page(rows, older=floor, looked_until=floor)


def _floor(selection: Selection, before: Key | None, scan: int) -> Key | None:
    """The key that `scan` rows of the busiest tenant reach back to; None when none has so many."""
    if not selection.bounded:
        return None
    floors: list[Key] = []
    for tenant_id in selection.tenants:
        keys = _ordered(selection.by_index, tenant_id, selection.order, before, None)
        floors += keys.values_list(*selection.order)[scan : scan + 1]
    return max(floors, default=None)


def _newest(rows: QuerySet[Any], selection: Selection, count: int, before: Key | None, floor: Key | None) -> list[Any]:
    found = [list(_ordered(rows, tenant, selection.order, before, floor)[:count]) for tenant in selection.tenants]
    merged = heapq.merge(*found, key=lambda row: key_of(row, selection.order), reverse=True)
    return [row for row, _ in zip(merged, range(count), strict=False)]


def _ordered(
    rows: QuerySet[Any], tenant_id: uuid.UUID, order: tuple[str, ...], before: Key | None, floor: Key | None
) -> QuerySet[Any]:
    rows = rows.filter(tenant_id=tenant_id)
    if before is not None:
        rows = rows.filter(_beyond(order, before, "lt"))
    if floor is not None:
        rows = rows.filter(_beyond(order, floor, "gt") | Q(**dict(zip(order, floor, strict=True))))
    return rows.order_by(*[f"-{name}" for name in order])


def _beyond(order: tuple[str, ...], key: Key, side: str) -> Q:
    """Rows on one side of the key. The first condition is for the index, the second for ties."""
    if len(order) == 1:
        return Q(**{f"{order[0]}__{side}": key[0]})
    (first, unique), (value, id_) = order, key
    return Q(**{f"{first}__{side}e": value}) & (Q(**{f"{first}__{side}": value}) | Q(**{f"{unique}__{side}": id_}))


def key_of(row: Model, order: tuple[str, ...]) -> Key:
    return tuple(getattr(row, name) for name in order)


# --- in a URL ---------------------------------------------------------------------------------------


def write(key: Key) -> str:
    return "~".join(part.isoformat() if isinstance(part, datetime) else str(part) for part in key)


def read(text: str, model: type[Model], order: tuple[str, ...]) -> Key | None:
    """The key in a URL; None for what is none. The fields' own parsers judge it."""
    parts = text.split("~")
    if len(parts) != len(order):
        return None
    try:
        fields = [cast(Field, model._meta.get_field(name)) for name in order]
        return tuple(field.to_python(part) for field, part in zip(fields, parts, strict=True))
    except Exception:  # each kind of field has its own error for what is no value of it
        return None
