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
from events.query.rows import ORDERINGS, Cursor, read_page
from events.query.spans import rfc3339
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig

LIMIT, MAX_LIMIT = 100, 1_000
LOOK_BACK = timedelta(days=7)
FILTERS = tuple(EventFilter.base_filters)
PLAIN = (*FILTERS, "ordering", "limit", "cursor")
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
    since = _look_back(query)
    if since:
        query["since"] = rfc3339(since)  # so that the pages that follow begin at the same instant
    page = read_page(tenant, filtered(query, tenant), ordering, limit, cursor)
    found: dict[str, Any] = {
        "next": _url(request, query, page.next),
        "previous": _url(request, query, page.previous),
        "results": page.rows,
    }
    if since:
        reason = "This filter has no index: without since, the last 7 days are searched."
        found["window"] = {"since": rfc3339(since), "reason": reason}
    return found


def _look_back(query: QueryDict) -> datetime | None:
    """From when on to search, when a filter without an index comes alone."""
    given = {name for name in query if (name in FILTERS and query[name]) or name.startswith(PROPERTY)}
    if "since" in given or given & {"user_id", "distinct_id"} or not given - INDEXED:
        return None
    return (parameters.instant(query, "until") or now()) - LOOK_BACK


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
