"""Events: the explorer with its columns and filters, its CSV, and one event raw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.timezone import now as wall_clock

from dashboards import exploring
from dashboards.one_event import one_event
from dashboards.shell import Shell
from dashboards.streaming import csv_response, lines
from dashboards.views.page import show, tenant_page
from events.query.finding import find
from events.query.rows import Cursor, Page, Row, read_one
from events.query.spans import rfc3339
from events.query.types import Filter
from obc_analytics.errors import NotFound

LIMIT = 100
CSV_ROWS, CSV_PAGE = 50_000, 1_000


@tenant_page("events")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    query = request.GET
    columns = exploring.read_columns([*query.getlist("c"), query.get("cn", "")])
    shell = _keeping(shell, columns)
    cursor = Cursor.decode(query["cursor"]) if query.get("cursor") else None
    found = _find(shell, shell.state.question_filters, LIMIT, cursor)
    extra = [name for name in columns if name not in exploring.COLUMNS]
    seen = exploring.seen_properties(found.rows)
    return show(
        request,
        shell,
        "events/list.html",
        rows=[(row, [(exploring.cell(row, name), name in exploring.PEOPLE) for name in columns]) for row in found.rows],
        columns=[(name, exploring.label_of(name)) for name in columns],
        choices=[(name, exploring.label_of(name), name in columns) for name in [*exploring.COLUMNS, *extra]],
        seen=seen,
        newer=found.previous and _paged(shell, found.previous),
        older=found.next and _paged(shell, found.next),
        most=CSV_ROWS,
    )


@tenant_page("events")
def download(request: HttpRequest, shell: Shell) -> StreamingHttpResponse:
    columns = exploring.read_columns(request.GET.getlist("c"))
    filters = shell.state.question_filters
    first = _find(shell, filters, CSV_PAGE, None)  # what is wrong is told as a page, before a file begins
    header = ["time", "event_id", *columns, "properties"]
    pages = ([_line(row, columns) for row in found.rows] for found in _pages(shell, filters, first))
    return csv_response(request, f"events-{shell.tenant.slug}", lines(header, pages))


@tenant_page("events")
def detail(request: HttpRequest, shell: Shell) -> HttpResponse:
    event_id = request.GET.get("id", "")
    if not event_id or len(event_id) > 255:
        raise NotFound("There is no event of this id.")
    return show(
        request, shell, "events/detail.html", event=one_event(shell.tenant.id, read_one(shell.tenant, event_id))
    )


def _find(shell: Shell, filters: list[Filter], limit: int, cursor: Cursor | None) -> Page:
    span = shell.state.span(wall_clock())
    return find(shell.tenant, span.since, span.until, filters, limit, cursor)


def _pages(shell: Shell, filters: list[Filter], page: Page) -> Iterator[Page]:
    for _ in range(CSV_ROWS // CSV_PAGE):
        yield page
        if page.next is None:
            return
        page = _find(shell, filters, CSV_PAGE, page.next)


def _line(row: Row, columns: Iterable[str]) -> list[Any]:
    properties = exploring.as_text(row["properties"])
    return [rfc3339(row["timestamp"]), row["event_id"], *(exploring.cell(row, name) for name in columns), properties]


# --- addresses ----------------------------------------------------------------------------------------


def _keeping(shell: Shell, columns: list[str]) -> Shell:
    """The shell whose links keep the columns."""
    shown = () if columns == list(exploring.DEFAULT_COLUMNS) else tuple(("c", name) for name in columns)
    return replace(shell, state=replace(shell.state, kept=shown))


def _paged(shell: Shell, cursor: Cursor) -> str:
    return replace(shell.state, kept=(*shell.state.kept, ("cursor", cursor.encode()))).query()
