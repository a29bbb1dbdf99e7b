"""Rows by filters that no index of PostgreSQL serves, over all time.

The relation names candidates, in order: every row that passes, and at times one that does not (a number's JSON is
written in several ways). PostgreSQL's own filters then decide, so a page holds what a plain filter over all rows finds.

Processor time over a million events: 10 to 40 ms by a column or a promoted property, 180 ms by another property.

    SELECT seq, ts FROM segments ∪ tail WHERE perhaps AND behind the cursor ORDER BY ts DESC, seq DESC LIMIT n
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet

from events.models import Event
from events.query import properties, rows, snapshot
from events.query.binds import Binds
from events.query.engine import Ticket
from events.query.ordering import placed
from events.query.relation import Relation, SegmentUnreadable, opened
from events.query.rows import Cursor, Page, page_of
from events.segments import promoted
from obc_analytics.errors import TooSlow
from tenants.auth import TenantConfig

TAIL = 100_000  # rows; a longer tail (a worker that is away) takes seconds to read
MORE = 4  # times as many candidates, when some were none
NUMERIC = re.compile(r"-?[0-9][0-9.eE+-]*")
LITERALS = {"null": "NULL", "true": "BOOLEAN", "false": "BOOLEAN"}


class TailTooLong(Exception):
    """The rows that are not cut yet are too many for a page of a list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`equal`: (column, value); `contained`: (column, part); `properties`: (name, value), as filters.py has it."""

    equal: tuple[tuple[str, str], ...]
    contained: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def search(
    tenant: TenantConfig, wanted: Wanted, events: QuerySet[Event], ordering: str, limit: int, cursor: Cursor | None
) -> Page:
    """A page of `events`, the rows that pass: `wanted` says the same filters to the relation.

    Raises TooSlow past rows.SECONDS, naming `since`; Overloaded, SegmentUnreadable and TailTooLong.
    """
    try:
        return _search(tenant, wanted, events, ordering, limit, cursor)
    except SegmentUnreadable:  # a merge may have replaced a file meanwhile: once more, with a fresh manifest
        return _search(tenant, wanted, events, ordering, limit, cursor)


def _search(
    tenant: TenantConfig, wanted: Wanted, events: QuerySet[Event], ordering: str, limit: int, cursor: Cursor | None
) -> Page:
    deadline, at, size = time.monotonic() + rows.SECONDS, cursor, limit + 1
    found: list[rows.Row] = []
    with _relation(tenant) as relation:
        while len(found) <= limit:
            places = candidates(relation, wanted, ordering, size, at)
            found += rows.read_passing(tenant, events, [seq for seq, _ in places], deadline - time.monotonic())
            if len(places) < size:
                break
            seq, moment = places[-1]
            value = seq if ordering.endswith("seq") else moment.replace(tzinfo=UTC)
            at, size = Cursor(ordering, value, seq, bool(cursor and cursor.backwards)), size * MORE
    return page_of(found[: limit + 1], ordering, limit, cursor)


@contextmanager
def _relation(tenant: TenantConfig) -> Iterator[Relation]:
    with snapshot.take(tenant.id, wanted=lambda state: state.tail_rows <= TAIL) as state:
        if state.tail_rows > TAIL:
            raise TailTooLong
        try:
            with opened(state, Ticket(rows.SECONDS)) as relation:
                yield relation
        except TooSlow as error:
            raise TooSlow(f"This took more than {rows.SECONDS:g} s: narrow it with since.", narrow="since") from error


def candidates(
    relation: Relation, wanted: Wanted, ordering: str, limit: int, cursor: Cursor | None
) -> list[tuple[int, datetime]]:
    """(seq, time) of at most `limit` rows behind the cursor, in the order of reading: all that pass, and few more."""
    binds = Binds()
    binds.promoted = relation.promoted_among(name for name, _ in wanted.properties)
    columns = {promoted.column(name): properties.of_json(name, binds) for name in sorted(binds.promoted)}
    behind, order = placed(ordering, cursor, binds)
    conditions = [
        *(f"{column} = {binds.add(value)}" for column, value in wanted.equal),
        *(f"contains({column}, {binds.add(value)})" for column, value in wanted.contained),
        *(_perhaps(name, value, binds) for name, value in wanted.properties),
        *([f"ts >= {binds.add(wanted.since)}"] if wanted.since else []),
        *([f"ts < {binds.add(wanted.until)}"] if wanted.until else []),
        behind,
    ]
    statement = f"""
        SELECT seq, ts FROM {relation.source(wanted.since, wanted.until, columns)}
        WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT {int(limit)}
    """
    return relation.connection.execute(statement, binds.used_in(statement)).fetchall()


def _perhaps(name: str, value: str, binds: Binds) -> str:
    """Whether a property may read as the value: never false where PostgreSQL says it does (filters.property_equals)."""
    text = promoted.column(name) if name in binds.promoted else properties.of_json(name, binds)
    type_ = f"json_type(properties, {binds.add(promoted.pointer(name))})"
    ways = [f"{text} = {binds.add(value)}"]
    if value in LITERALS:
        ways.append(f"{type_} = '{LITERALS[value]}'")
    elif value[:1] in ("[", "{"):  # its text has blanks in PostgreSQL, and none here
        ways.append(f"{type_} IN ('ARRAY', 'OBJECT')")
    elif NUMERIC.fullmatch(value):
        number = _finite(value)
        ways.append(
            f"{type_} IN ('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE')"
            if number is None
            else f"TRY_CAST({text} AS DOUBLE) = {binds.add(number)}"
        )
    if len(ways) == 1 and name in binds.promoted:
        return ways[0]
    # the key as PostgreSQL writes it: looked for as text, which spares reading the JSON of rows without it
    key = json.dumps(name, ensure_ascii=False)
    return f"(contains(properties, {binds.add(key)}) AND ({' OR '.join(ways)}))"


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
