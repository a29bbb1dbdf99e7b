"""`GET events`: from query parameters to a page of rows with the URLs of its neighbours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.timezone import now

from events.api import parameters
from events.filters import MAX_PROPERTIES, PROPERTY, EventFilter, clean_name, property_equals
from events.models import Event
from events.query import searching
from events.query.rows import ORDERINGS, Cursor, Page, read_page
from events.query.spans import rfc3339
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

LIMIT, MAX_LIMIT = 100, 1_000
LOOK_BACK = timedelta(days=7)
FILTERS = tuple(EventFilter.base_filters)
PLAIN = (*FILTERS, "ordering", "limit", "cursor")
EQUAL = ("event_name", "event_category", "session_id", "correlation_id", "batch_id")
CONTAINED = {"page_url__contains": "page_url"}
INDEXED = {"user_id", "distinct_id", "since", "until"}


def answer(request: HttpRequest, tenant: TenantConfig) -> dict[str, Any]:
    """`{"next", "previous", "results", "window"?}`. Raises BadRequest, TooSlow."""
    query = request.GET.copy()
    parameters.check_names(query, PLAIN, prefix=PROPERTY)
    cursor = Cursor.decode(str(query["cursor"])) if query.get("cursor") else None
    ordering = parameters.choice(query, "ordering", ORDERINGS, cursor.ordering if cursor else ORDERINGS[0])
    if cursor and cursor.ordering != ordering:
        raise BadRequest("cursor: it belongs to another ordering.", parameter="cursor")
    limit = parameters.whole_number(query, "limit", LIMIT, 1, MAX_LIMIT)
    page, since = _page(query, tenant, ordering, limit, cursor)
    found: dict[str, Any] = {
        "next": _url(request, query, page.next),
        "previous": _url(request, query, page.previous),
        "results": page.rows,
    }
    if since:
        reason = (
            "This filter has no index, and many events are yet to be cut: the last 7 days are searched. Give since."
        )
        found["window"] = {"since": rfc3339(since), "reason": reason}
    return found


def _page(
    query: QueryDict, tenant: TenantConfig, ordering: str, limit: int, cursor: Cursor | None
) -> tuple[Page, datetime | None]:
    """The page, and from when on was searched, where that is not the reader's word."""
    events = filtered(query, tenant)
    if not _lacks_index(query):
        return read_page(tenant, events, ordering, limit, cursor), None
    try:
        return searching.search(tenant, wanted(query), events, ordering, limit, cursor), None
    except searching.TailTooLong:
        since = None if query.get("since") else (parameters.instant(query, "until") or now()) - LOOK_BACK
        if since:
            query["since"] = rfc3339(since)  # so that the pages that follow begin at the same instant
        return read_page(tenant, filtered(query, tenant), ordering, limit, cursor), since


def _lacks_index(query: QueryDict) -> bool:
    """Whether rows are found by filters that PostgreSQL has no index for."""
    given = {name for name in query if (name in FILTERS and query[name]) or name.startswith(PROPERTY)}
    return bool(given - INDEXED) and not given & {"user_id", "distinct_id"}


def wanted(query: QueryDict) -> searching.Wanted:
    """The filters of the URL as the relation takes them. Raises BadRequest naming a bad one."""
    return searching.Wanted(
        equal=tuple((name, str(query[name])) for name in EQUAL if query.get(name)),
        contained=tuple(
            (name, str(query[f"{name}__contains"])) for name in CONTAINED if query.get(f"{name}__contains")
        ),
        properties=tuple((name, value) for name, values in _properties(query) for value in values),
        since=parameters.instant(query, "since"),
        until=parameters.instant(query, "until"),
    )


def filtered(query: QueryDict, tenant: TenantConfig) -> QuerySet[Event]:
    """Events by the parameters of the URL. Raises BadRequest naming the bad one."""
    plain = EventFilter(query, queryset=Event.objects.all(), tenant_id=tenant.id)
    if not plain.form.is_valid():
        name, problems = next(iter(plain.form.errors.items()))
        raise BadRequest(f"{name}: {problems[0]}", parameter=name)
    events = plain.qs
    for name, values in _properties(query):
        for value in values:
            events = events.filter(property_equals(name, value))
    return events


def _properties(query: QueryDict) -> list[tuple[str, list[str]]]:
    found = [(name, query.getlist(name)) for name in query if name.startswith(PROPERTY)]
    if sum(len(values) for _, values in found) > MAX_PROPERTIES:
        raise BadRequest(f"At most {MAX_PROPERTIES} filters of properties.", parameter=found[-1][0])
    for name, values in found:
        if any("\0" in value for value in values):
            raise BadRequest(f"{name[:200]}: no stored value has a NUL character.", parameter=name[:200])
        try:
            clean_name(name.removeprefix(PROPERTY))
        except ValidationError as error:
            raise BadRequest(f"{name[:200]!r}: {error.message}.", parameter=name[:200]) from None
    return [(name.removeprefix(PROPERTY), values) for name, values in found]


def _url(request: HttpRequest, query: QueryDict, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = query.copy()
    query["cursor"] = cursor.encode()
    query.pop("key", None)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
