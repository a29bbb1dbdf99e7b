"""The people behind a number: a page of them in the panel, asked like every other question."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse

from dashboards.explaining import address
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.api.questions import answerable
from events.query.run import run
from events.query.types import Actors, Funnel, Retention, parse_question
from obc_analytics.errors import BadRequest
from tenants.access import at_least

PAGE = 50


@tenant_page("insights")
def panel(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`q` is a question of the kind `actors`; its `offset` is the URL's."""
    question = actors_of(request.GET.get("q", ""), request.GET.get("offset", "0"))
    answer = run(shell.tenant, answerable(question))
    end = question.offset + len(answer["actors"])
    return show(
        request,
        shell,
        "insights/people.html",
        answer=answer,
        first=question.offset + 1,
        last=end,
        before=_query(request, question.offset - PAGE) if question.offset else "",
        after=_query(request, end) if end < answer["total"] else "",
        why=urlencode(address(question.of)) if isinstance(question.of, Funnel | Retention) else "",
        q=request.GET.get("q", ""),
        may_save=at_least(shell.role, "analyst"),
    )


def actors_of(text: str, offset: str = "0") -> Actors:
    """Raises BadRequest for what is no question about people."""
    try:
        raw: Any = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise BadRequest("q is not JSON", parameter="q") from None
    if not isinstance(raw, dict) or not (offset.isascii() and offset.isdecimal() and len(offset) < 8):
        raise BadRequest("q is a question of the kind actors, offset a whole number", parameter="q")
    question = parse_question({**raw, "limit": PAGE, "offset": int(offset)})
    if not isinstance(question, Actors):
        raise BadRequest("q is a question of the kind actors", parameter="q")
    return question


def _query(request: HttpRequest, offset: int) -> str:
    return "?" + urlencode({"q": request.GET.get("q", ""), "offset": max(0, offset)})
