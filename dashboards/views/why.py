"""Why one person counts where it does: `POST explain`'s answer in words, with links to the events that decided."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import HttpRequest, HttpResponse

from dashboards.charts.formats import event_label
from dashboards.explaining import address, parts_of
from dashboards.insights.problem import worded
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.identity import profiles
from events.identity.profiles import Profile
from events.query import explain
from events.query.run import answered
from events.query.types import Explain, Funnel, Retention, parse_explain
from obc_analytics.errors import BadRequest, ObcError

NOBODY = "-"  # stands for the person while none is chosen


@tenant_page("insights")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`q` is a funnel or a retention, `id` any id of the person. What is wrong is said, and the rest kept."""
    context: dict[str, Any] = {"q": request.GET.get("q", ""), "id": request.GET.get("id", "").strip()}
    status = 200
    try:
        asked = explain_of(context["q"], context["id"] or NOBODY)
        context |= frame_of(asked.of)
        if context["id"]:
            answer = answered(shell.tenant, asked, explain.answer)
            person = answered(shell.tenant, Profile(context["id"], limit=1), profiles.one)["person"]
            context |= {"answer": answer, "parts": parts_of(asked.of, answer), "person": person}
    except ObcError as error:
        status, context["problem"] = error.status, worded(error) if isinstance(error, BadRequest) else error.message
    return show(request, shell, "insights/why.html", status, **context)


def explain_of(text: str, actor: str) -> Explain:
    """Raises BadRequest for what is neither a funnel nor a retention."""
    try:
        raw = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise BadRequest(
            "q is not JSON; a funnel's and a retention's page has a link to here.", parameter="q"
        ) from None
    return parse_explain({"of": raw, "actor": actor})


def frame_of(question: Funnel | Retention) -> dict[str, Any]:
    """What the page says of the question: its steps in words, where it is built, how its times are to be read."""
    if isinstance(question, Funnel):
        events = [event_label(step.event) for step in question.steps]
        kind = "funnel"
    else:
        events = [event_label(question.start.event), event_label(question.return_.event)]
        kind = "retention"
    zone = question.range.timezone if question.range else None
    return {"kind": kind, "events": events, "zone": zone, "build": urlencode(address(question))}
