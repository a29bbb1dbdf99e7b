"""Sessions: the list of a range, its CSV, and one session event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.timezone import now as wall_clock

from dashboards.shell import Shell
from dashboards.streaming import csv_response, lines
from dashboards.views.page import keeping, show, tenant_page
from dashboards.views.people import offset_of, steps
from events.query import wording
from events.query.run import run
from events.query.spans import rfc3339
from events.query.types import Session, parse_question
from obc_analytics.errors import NotFound

PAGE, EVENTS = 50, 200
CSV_ROWS, CSV_PAGE = 20_000, 1_000
HEADER = (
    "start", "seconds", "events", "pages", "bounce", "entry", "device", "browser", "os", "country", "user", "session",
)  # fmt: skip
Answer = dict[str, Any]


@tenant_page("sessions")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    offset = offset_of(request)
    answer = _ask(shell, PAGE, offset)
    return show(
        request,
        shell,
        "sessions/list.html",
        answer=answer,
        rows=[(session, wording.span(session["seconds"])) for session in answer["sessions"]],
        median=None if answer["median_seconds"] is None else wording.span(answer["median_seconds"]),
        steps=steps(shell, offset, PAGE, answer["total"]),
        most=CSV_ROWS,
    )


@tenant_page("sessions")
def download(request: HttpRequest, shell: Shell) -> StreamingHttpResponse:
    first = _ask(shell, CSV_PAGE, 0)  # what is wrong is told as a page, before a file begins
    pages = ([_line(session) for session in found["sessions"]] for found in _pages(shell, first))
    return csv_response(request, f"sessions-{shell.tenant.slug}", lines(HEADER, pages))


@tenant_page("sessions")
def detail(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`?id=`: as the list has it."""
    id_, offset = request.GET.get("id", ""), offset_of(request)
    if not 2 <= len(id_) <= 256:
        raise NotFound("There is no session of this id.")
    answer = run(shell.tenant, Session(id=id_, limit=EVENTS, offset=offset))
    session = answer["session"]
    return show(
        request,
        shell,
        "sessions/detail.html",
        session=session,
        duration=wording.span(session["seconds"]),
        parts=[session[name] for name in ("device", "browser", "os", "country") if session[name]],
        events=[(event, _gap(event["gap_seconds"])) for event in answer["events"]],
        steps=steps(keeping(shell, id=id_), offset, EVENTS, session["events"]),
    )


def _ask(shell: Shell, limit: int, offset: int) -> Answer:
    span = shell.state.span(wall_clock())
    range_ = {"from": rfc3339(span.since), "to": rfc3339(span.until), "timezone": shell.state.timezone}
    filters = msgspec.to_builtins(shell.state.question_filters)
    question = {"kind": "sessions", "range": range_, "filters": filters, "limit": limit, "offset": offset}
    return run(shell.tenant, parse_question(question))


def _pages(shell: Shell, answer: Answer) -> Iterator[Answer]:
    for offset in range(CSV_PAGE, CSV_ROWS + 1, CSV_PAGE):
        yield answer
        if offset >= min(answer["total"], CSV_ROWS):
            return
        answer = _ask(shell, CSV_PAGE, offset)


def _line(session: Answer) -> list[Any]:
    values = {**session, "user": session["user"]["id"], "session": session["session_id"] or ""}
    return [values[name] for name in HEADER]


def _gap(seconds: float | None) -> str:
    """The pause before an event in words; '' when it is too short to be one."""
    return wording.span(seconds) if seconds is not None and seconds >= 1 else ""
