"""The answer of a question that a URL names, as a chart; or the reason why there is none."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now as wall_clock

from dashboards import charts
from dashboards.cohorts import naming
from dashboards.explaining import address
from dashboards.insights import state
from dashboards.insights.options import KINDS
from dashboards.insights.state import Builder
from dashboards.models import SavedInsight
from dashboards.noting import notes_of
from dashboards.shell import Shell
from dashboards.views.builder import asker_of
from dashboards.views.page import show, tenant_page
from events.query.engine import Cancelled
from events.query.run import BUILDERS, run
from events.query.types import Actors, Funnel, Retention
from obc_analytics.errors import BadRequest, ObcError, TooSlow
from tenants.scope import tenant_scope


@tenant_page("insights")
def result(request: HttpRequest, shell: Shell) -> HttpResponse:
    builder = state.read(request.GET.dict(), shell.state)
    shell = replace(shell, state=builder.state)
    try:
        return answered(request, shell, builder)
    except ObcError as error:
        return show(request, shell, "insights/failed.html", error.status, error=error, advice=advice(error))


def answered(request: HttpRequest, shell: Shell, builder: Builder) -> HttpResponse:
    """For a saved question, how long it took is kept beside it."""
    question = builder.asked(wall_clock())
    try:
        answer = run(shell.tenant, question)
    except Cancelled:  # nobody reads this
        return HttpResponse(status=204)
    if not answer.get("cached"):
        remember(shell, request.GET.get("id", ""), answer["timing_ms"])
    title = next(choice.label for choice in KINDS if choice.value == builder.kind)
    drawn = charts.of(
        question,
        answer,
        id="insight",
        title=title,
        view=builder.view.chart,
        format=builder.view.format,
        value=builder.view.value,
        notes=notes_of(question, shell.tenant.id),
        words=naming.labels_of(question, shell.tenant.id),
    )
    return show(
        request,
        shell,
        "insights/result.html",
        chart=replace(
            drawn,
            name=saved_name(request, shell) or f"{title}: {charts.counted(question)}",
            period=f"{shell.state.label} · {shell.state.timezone}",
        ),
        answer=answer,
        path=builder.address.partition("?")[0],
        people=f"{shell.root}people-behind" if Actors in BUILDERS else "",
        why=urlencode(address(question)) if isinstance(question, Funnel | Retention) else "",
    )


def saved_name(request: HttpRequest, shell: Shell) -> str:
    """Of the insight that is asked as it was saved; empty for any other, and for one that is not theirs to see."""
    with tenant_scope(shell.tenant.id):
        saved = state.saved_of(request.GET.get("id", ""), shell.tenant.id, asker_of(request, shell))
    return saved.name if saved else ""


def remember(shell: Shell, id_: str, milliseconds: float) -> None:
    """How long a saved question took; nothing for an id that names none."""
    try:
        wanted = uuid.UUID(id_)
    except ValueError:
        return
    with tenant_scope(shell.tenant.id):
        SavedInsight.objects.of(shell.tenant.id).remember_duration(wanted, milliseconds)


def advice(error: ObcError) -> str:
    if isinstance(error, TooSlow):
        return "Choose a shorter range, fewer breakdown values, or a filter: it is asked again by itself."
    if isinstance(error, BadRequest):
        return "Change the part that is named; everything else stays as it is."
    return "Nothing is lost: the question stands in the address of this page."
