"""Events by any filter, page by page: which ones from the relation (a column store), their rows from PostgreSQL.

WITH e AS (...) SELECT seq FROM e WHERE filters AND (ts, seq) behind the cursor ORDER BY ts DESC, seq DESC LIMIT n
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from events.cohorts import references
from events.models import Event
from events.query import conditions
from events.query.asking import Asking, Period, names_in, utc_now
from events.query.ordering import placed
from events.query.relation import Relation, SegmentUnreadable, open_relation
from events.query.rows import Cursor, Page, page_of, read_page, read_these
from events.query.spans import zone_of
from events.query.types import Filter
from tenants.auth import TenantConfig

NEWEST = "-timestamp"


class Found(msgspec.Struct, frozen=True):
    """The part of the question that may name cohorts."""

    filters: tuple[Filter, ...]


def find(
    tenant: TenantConfig,
    since: datetime,
    until: datetime,
    filters: Sequence[Filter],
    limit: int,
    cursor: Cursor | None = None,
) -> Page:
    """The newest events of [since, until) that pass the filters, at most `limit`, behind the cursor.

    Raises BadRequest (a filter), TooSlow, Overloaded and SegmentUnreadable.
    """
    if not filters:  # an index of PostgreSQL is at hand
        return read_page(tenant, Event.objects.filter(timestamp__gte=since, timestamp__lt=until), NEWEST, limit, cursor)

    def numbers() -> list[int]:
        with open_relation(tenant.id) as relation:
            return numbers_in(relation, tenant, since, until, filters, limit + 1, cursor)

    try:
        found = numbers()
    except SegmentUnreadable:  # a merge may have replaced a file meanwhile: once more, with a fresh manifest
        found = numbers()
    return page_of(read_these(tenant, found), NEWEST, limit, cursor)


def numbers_in(
    relation: Relation,
    tenant: TenantConfig,
    since: datetime,
    until: datetime,
    filters: Sequence[Filter],
    limit: int,
    cursor: Cursor | None = None,
) -> list[int]:
    """`seq` of the events, in the order of reading."""
    zone = zone_of(tenant.timezone)
    period = Period(since, until, since.astimezone(zone).date(), until.astimezone(zone).date(), zone)
    cohorts = references.known_to(tenant.id, Found(tuple(filters)))
    asking = Asking(relation, tenant, utc_now(), period, tuple(filters), cohorts=cohorts)
    asking.prepare(names_in(filters))
    behind, order = placed(NEWEST, cursor, asking.binds)
    statement = f"""
        WITH e AS ({asking.events(since, until)})
        SELECT seq FROM e WHERE {conditions.all_of(filters, asking.binds)} AND {behind}
        ORDER BY {order} LIMIT {int(limit)}
    """
    return [number for (number,) in asking.rows(statement)]
