"""Rows of events, filtered, page by page.

A page is found by key, not by counting: the cursor holds the sort value and `seq` of the row it stands at,
so a page costs the same however deep it lies, and rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from events.models import Event
from events.query.reading import set_timeout, too_slow
from obc_analytics.errors import BadRequest, NotFound
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

SECONDS = 3.0
ORDERINGS = ("-timestamp", "timestamp", "-seq", "seq")
COLUMNS = (
    "id", "seq", "event_id", "tenant_id", "user_id", "distinct_id", "device_id", "session_id", "event_name",
    "event_category", "properties", "timestamp", "page_url", "referrer", "user_agent", "device_info",
    "correlation_id", "batch_id", "created_at", "processed_at",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind the row with this sort value and number, in the direction of reading.

    `backwards`: the page before it is wanted.
    """

    ordering: str
    value: datetime | int
    seq: int
    backwards: bool = False

    def encode(self) -> str:
        value = self.value.astimezone(UTC).isoformat() if isinstance(self.value, datetime) else self.value
        parts = [self.ordering, value, self.seq, int(self.backwards)]
        return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Raises BadRequest naming `cursor`."""
        try:
            parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            ordering, value, seq, backwards = parts
            if ordering not in ORDERINGS or type(seq) is not int or abs(seq) >= 2**63 or backwards not in (0, 1):
                raise ValueError
            if ordering.endswith("timestamp"):
                value = datetime.fromisoformat(value).astimezone(UTC)
            elif value != seq:
                raise ValueError
        except (ValueError, TypeError, RecursionError, OverflowError):
            raise BadRequest("cursor: it is none of this API's.", parameter="cursor") from None
        return cls(ordering, value, seq, bool(backwards))


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next: Cursor | None
    previous: Cursor | None


def read_page(tenant: TenantConfig, events: QuerySet[Event], ordering: str, limit: int, cursor: Cursor | None) -> Page:
    """At most `limit` rows behind (or before) the cursor. Raises TooSlow past SECONDS, naming `since`."""
    with too_slow(SECONDS, "since"), tenant_scope(tenant.id):
        with connection.cursor() as database:
            set_timeout(database, SECONDS)
        found = list(_query(tenant.id, events, ordering, cursor)[: limit + 1])
    return page_of(found, ordering, limit, cursor)


def page_of(found: list[Row], ordering: str, limit: int, cursor: Cursor | None) -> Page:
    """A page of rows in the order of reading, one more than the page has where there are more."""
    more, found = len(found) > limit, found[:limit]
    if cursor is not None and cursor.backwards:
        found.reverse()
    return Page(found, *_neighbours(found, ordering, cursor, more))


def read_these(tenant: TenantConfig, numbers: list[int]) -> list[Row]:
    """The rows of these `seq`, in this order."""
    return read_passing(tenant, Event.objects.all(), numbers, SECONDS)


def read_passing(tenant: TenantConfig, events: QuerySet[Event], numbers: list[int], seconds: float) -> list[Row]:
    """Those of `events` that have one of these `seq`, in this order. Raises TooSlow past `seconds`."""
    with too_slow(SECONDS, "since"), tenant_scope(tenant.id):
        with connection.cursor() as database:
            set_timeout(database, seconds)
        rows = {row["seq"]: row for row in events.filter(tenant_id=tenant.id, seq__in=numbers).values(*COLUMNS)}
    return [rows[number] for number in numbers if number in rows]


def _query(tenant_id: uuid.UUID, events: QuerySet[Event], ordering: str, cursor: Cursor | None) -> Any:
    column, descending = ordering.lstrip("-"), ordering.startswith("-")
    events = events.filter(tenant_id=tenant_id)  # beside the scope: `->>` is not leakproof
    if cursor is not None:
        descending ^= cursor.backwards
        events = events.filter(_behind(column, descending, cursor))
    sign = "-" if descending else ""
    order = [f"{sign}seq"] if column == "seq" else [f"{sign}timestamp", f"{sign}seq"]
    return events.order_by(*order).values(*COLUMNS)


def _behind(column: str, descending: bool, cursor: Cursor) -> Q:
    beyond = "lt" if descending else "gt"
    if column == "seq":
        return Q(**{f"seq__{beyond}": cursor.seq})
    # the first condition is what the index takes; the second drops the rows of the same instant already read
    return Q(**{f"timestamp__{beyond}e": cursor.value}) & (
        Q(**{f"timestamp__{beyond}": cursor.value}) | Q(**{f"seq__{beyond}": cursor.seq})
    )


def _neighbours(
    rows: list[Row], ordering: str, cursor: Cursor | None, more: bool
) -> tuple[Cursor | None, Cursor | None]:
    """Cursors of the next and the previous page. Beside a page reached by a cursor lies the one it came from."""
    if not rows:
        back = cursor and Cursor(ordering, cursor.value, cursor.seq, not cursor.backwards)
        return (back, None) if back and not back.backwards else (None, back)
    backwards = cursor is not None and cursor.backwards
    after = _cursor_at(rows[-1], ordering, backwards=False)
    before = _cursor_at(rows[0], ordering, backwards=True)
    has_next = more or backwards
    has_previous = cursor is not None and (more or not backwards)
    return (after if has_next else None), (before if has_previous else None)


def _cursor_at(row: Row, ordering: str, *, backwards: bool) -> Cursor:
    return Cursor(ordering, row[ordering.lstrip("-")], row["seq"], backwards)


def read_one(tenant: TenantConfig, event_id: str) -> Row:
    """The event of that id. Raises NotFound."""
    if "\0" in event_id:
        raise NotFound
    with tenant_scope(tenant.id):
        row = Event.objects.filter(tenant_id=tenant.id, event_id=event_id).values(*COLUMNS).first()
    if row is None:
        raise NotFound("There is no event of this id.")
    return row
