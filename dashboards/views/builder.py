"""The builder's pages: a question as a form, its answer beside it, each state with an address."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django_htmx.http import push_url, trigger_client_event

from dashboards.cohorts import naming
from dashboards.insights import actions, built_in, options, state
from dashboards.insights.draft import Draft, draft_of, one, question_of, rows, tree
from dashboards.insights.form import form_of, ident
from dashboards.insights.problem import worded
from dashboards.insights.state import Builder
from dashboards.insights.view import looks_of, view_of
from dashboards.models import Asker, SavedInsight
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.query.types import Insight, parse_question
from obc_analytics.errors import BadRequest
from tenants.scope import tenant_scope

HELP = {
    "cohort_help": options.COHORT,
    "hold_help": options.HOLD,
    "value_help": options.VALUE,
}


@tenant_page("insights")
def new(request: HttpRequest, shell: Shell) -> HttpResponse:
    return page(request, shell, state.read(request.GET.dict(), shell.state))


@tenant_page("insights")
def one_insight(request: HttpRequest, shell: Shell, insight_id: uuid.UUID) -> HttpResponse:
    with tenant_scope(shell.tenant.id):
        rows_ = SavedInsight.objects.of(shell.tenant.id).select_related("owner")
        saved = rows_.reach(insight_id, asker_of(request, shell))
    if saved.kind == options.SQL.value:  # it has a page of its own
        return redirect(f"{shell.root}sql/?id={saved.id}")
    return page(request, shell, state.read(request.GET.dict(), shell.state, saved))


def page(request: HttpRequest, shell: Shell, builder: Builder, status: int = 200, **context: Any) -> HttpResponse:
    shown = replace(shell, state=builder.state)
    parts = {**parts_of(request, shown, builder), **context}
    names = naming.names_of(shell.tenant.id)
    draft = naming.shown(draft_of(builder.question), names)
    return show(
        request,
        shown,
        "insights/builder.html",
        status=status,
        form=form_of(draft),
        looks=looks_of(builder.view, builder.kind),
        built_in=built_in.names(naming.offered(names)),
        cohorts=list(names.items()),
        **parts,
    )


def parts_of(request: HttpRequest, shell: Shell, builder: Builder) -> dict[str, Any]:
    """What the head and the form's frame need."""
    asker = asker_of(request, shell)
    return {
        "builder": builder,
        "may_save": asker.writes,
        "may_change": builder.may_change(asker),
        "edit_url": f"{shell.root}insights/edit{builder.edit_query}",
        **HELP,
    }


@tenant_page("insights")
def edit(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The form after a change: itself again, the address of what it says, and a result that is asked for anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    do = request.POST.get("do", "")[:200]  # longer is no name of a part
    names = naming.names_of(shell.tenant.id)
    draft = actions.apply(tree((name, texts) for name, texts in request.POST.lists() if name != "do"), do)
    kind, by = str(draft_kind(draft)), broken_down_by(draft)
    draft = naming.meant({**draft, "kind": [kind]}, names)
    with tenant_scope(shell.tenant.id):
        saved = state.saved_of(request.GET.get("id", ""), shell.tenant.id, asker_of(request, shell))
    base = state.read({**request.GET.dict(), "kind": kind}, shell.state, saved)
    view = view_of(request.POST.dict(), kind)
    if by != request.POST.get("value_of", by):  # the value that was chosen is of another breakdown
        view = msgspec.structs.replace(view, value=())
    form, cohorts = form_of(naming.shown(draft, names)), list(names.items())
    context: dict[str, Any] = {"form": form, "looks": looks_of(view, kind), "cohorts": cohorts, **HELP}
    try:
        question = complete(draft)
    except BadRequest as error:
        return focused(show(request, shell, "insights/edited.html", problem=worded(error), **context), draft, do)
    builder = replace(base, question=question, view=view, problems=())
    shown = replace(shell, state=builder.state)
    response = show(request, shown, "insights/edited.html", **{**context, **parts_of(request, shown, builder)})
    return focused(push_url(response, shell.root + builder.address), draft, do)


def broken_down_by(draft: Draft) -> str:
    """Which breakdown a chosen value is of, as the form says it."""
    return ",".join(one(row, "property") for row in rows(draft, "breakdown"))


def draft_kind(draft: Draft) -> str:
    kind = one(draft, "kind")
    return kind if kind in options.OPTIONS else "trends"


def complete(draft: Draft) -> Insight:
    """The question of a draft. Raises BadRequest for what is missing or wrong."""
    raw = question_of(draft)
    for name, least in (("series", 1), ("steps", 1)):
        if rows(draft, name) and len(raw.get(name, [])) < least:
            raise BadRequest("Choose an event.", path="$")
    return parse_question(raw)  # type: ignore[return-value]


def focused(response: HttpResponse, draft: Draft, do: str) -> HttpResponse:
    """Where the keyboard goes on after a button that added, removed or moved something."""
    verb, _, target = do.partition(":")
    path = target.split(".")
    wanted = ""
    if verb == "add":
        found = actions.part(draft, path)
        index = len(found) - 1 if isinstance(found, list) else 0
        first = {"filters": ".property", "breakdown": ".property"}.get(path[-1], "")
        events = ".event.0" if path[-1] in actions.EMPTY_ROWS and not first else ""
        wanted = ident(f"{target}.{index}{first}{events}")
    elif verb == "remove":
        wanted = f"a-{ident('.'.join(path[:-1])).removeprefix('f-')}"
    elif verb in {"up", "down"}:
        wanted = mover(draft, path, verb)
    return trigger_client_event(response, "obc:focus", {"value": wanted}, after="settle") if wanted else response


def asker_of(request: HttpRequest, shell: Shell) -> Asker:
    return Asker(request.user.pk, shell.role)


def mover(draft: Draft, path: list[str], verb: str) -> str:
    """The button that moves a moved row on, or back once it is the first or the last."""
    found = actions.part(draft, path[:-1])
    if not isinstance(found, list) or not (path[-1].isascii() and path[-1].isdecimal()):
        return ""
    last = len(found) - 1
    index = min(max(0, int(path[-1]) + (1 if verb == "down" else -1)), last)
    at_end = index == (last if verb == "down" else 0)
    onward = {"up": "down", "down": "up"}[verb] if at_end else verb
    return f"{onward}-{ident('.'.join([*path[:-1], str(index)])).removeprefix('f-')}"
