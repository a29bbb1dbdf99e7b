"""Cohorts: a list to search, and one as a form with its size and members beside it."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django_htmx.http import push_url

from dashboards.cohorts import draft as drafts
from dashboards.cohorts.form import PROPERTY_HELP, form_of
from dashboards.cohorts.usage import used_by
from dashboards.cohorts.words import sentence
from dashboards.insights import actions, options
from dashboards.insights.draft import tree
from dashboards.shell import Shell
from dashboards.views.builder import asker_of, focused
from dashboards.views.page import keeping, show, tenant_page
from dashboards.views.people import offset_of
from events.cohorts import people
from events.cohorts.people import CohortPeople
from events.cohorts.types import Condition, parse_definition, to_plain
from events.models import Cohort
from events.query.run import answered
from obc_analytics.errors import BadRequest, ObcError
from tenants.scope import tenant_scope

SHOWN, PAGE = 200, 50
USERS = {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}]}
KINDS = (("", "All kinds"), ("dynamic", "Counted anew"), ("static", "Fixed list"))


@tenant_page("cohorts")
def listing(request: HttpRequest, shell: Shell) -> HttpResponse:
    template = "cohorts/rows.html" if request.headers.get("HX-Target") == "cohorts" else "cohorts/list.html"
    query, asker = request.GET, asker_of(request, shell)
    kind = query.get("kind", "") if query.get("kind") in dict(KINDS) else ""
    trash, search = query.get("trash") == "1", query.get("search", "")[:200]
    with tenant_scope(shell.tenant.id):
        rows = Cohort.objects.of(shell.tenant.id).search(search)
        rows = rows.trashed() if trash else rows.kept()
        rows = rows.filter(static=kind == "static") if kind else rows
        found = list(rows.select_related("created_by").order_by("-updated_at", "id")[: SHOWN + 1])
        trashed = Cohort.objects.of(shell.tenant.id).trashed().count()
        used = used_by(shell.tenant.id)
    named = {"search": search, "kind": kind}
    return show(
        request,
        shell,
        template,
        rows=[(row, "" if row.static else words_of(row), used.get(str(row.id), 0)) for row in found[:SHOWN]],
        more=len(found) > SHOWN,
        filtered=bool(search or kind),
        trash=trash,
        trashed=trashed,
        search=search,
        kinds=[(value, label, value == kind) for value, label in KINDS],
        trash_query="?" + urlencode({name: value for name, value in named.items() if value} | {"trash": "1"}),
        may_save=asker.writes,
    )


def words_of(row: Cohort) -> str:
    try:
        return sentence(parse_definition(row.definition))
    except BadRequest:
        return ""


@tenant_page("cohorts")
def new(request: HttpRequest, shell: Shell) -> HttpResponse:
    return page(request, shell, None)


@tenant_page("cohorts")
def one(request: HttpRequest, shell: Shell, cohort_id: uuid.UUID) -> HttpResponse:
    with tenant_scope(shell.tenant.id):
        rows = Cohort.objects.of(shell.tenant.id).select_related("created_by")
        cohort = rows.reach(cohort_id, asker_of(request, shell))
    return page(request, shell, cohort)


def page(request: HttpRequest, shell: Shell, cohort: Cohort | None, status: int = 200, **context: Any) -> HttpResponse:
    """`d` of the address is a definition as it stands in the form; without it, the saved one."""
    definition, problem = read_definition(context.pop("d", "") or request.GET.get("d", ""))
    if definition is None and cohort is not None and not cohort.static:
        definition = parse_definition(cohort.definition)
    draft = drafts.draft_of(definition) if definition else drafts.NEW
    return show(
        request,
        shell,
        "cohorts/page.html",
        status=status,
        form=form_of(draft) if draft and not (cohort and cohort.static) else None,
        problem=problem,
        **parts_of(request, shell, cohort, definition),
        **context,
    )


def parts_of(request: HttpRequest, shell: Shell, cohort: Cohort | None, definition: Condition | None) -> dict[str, Any]:
    """What the head, the form's frame and the answer's frame need."""
    plain = to_plain(definition) if definition else None
    saved = None if cohort is None or cohort.static else to_plain(parse_definition(cohort.definition))
    asked = {"d": json.dumps(plain, separators=(",", ":"))} if plain and plain != saved else {}
    asked |= {"id": str(cohort.id)} if cohort else {}
    asker = asker_of(request, shell)
    return {
        "cohort": cohort,
        "changed": cohort is not None and plain is not None and plain != saved,
        "d": json.dumps(plain) if plain else "",
        "count_query": "?" + urlencode({**asked, "tz": shell.state.timezone}) if asked else "",
        "insight_q": json.dumps({**USERS, "cohort": str(cohort.id)}) if cohort else "",
        "edit_query": "?" + urlencode({"id": str(cohort.id)} if cohort else {}),
        "may_save": asker.writes,
        "value_help": options.VALUE,
        "property_help": PROPERTY_HELP,
    }


def read_definition(text: str) -> tuple[Condition | None, str]:
    """The definition of an address, and what is wrong with it."""
    if not text:
        return None, ""
    try:
        return parse_definition(json.loads(text)), ""
    except (ValueError, RecursionError):
        return None, "The definition in the address is not JSON; it is left out."
    except BadRequest as error:
        return None, f"The definition in the address is left out: {error.message}."


@tenant_page("cohorts")
def edit(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The form after a change: itself again, the address of what it says, and a size that is counted anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    do = request.POST.get("do", "")[:200]  # longer is no name of a part
    draft = actions.apply(tree((name, texts) for name, texts in request.POST.lists() if name != "do"), do)
    cohort = cohort_of(request, shell, request.GET.get("id", ""))
    context: dict[str, Any] = {"form": form_of(draft), "value_help": options.VALUE, "property_help": PROPERTY_HELP}
    try:
        definition = drafts.parsed(draft)
    except BadRequest as error:
        message = error.message.partition(" at $")[0]
        return focused(show(request, shell, "cohorts/edited.html", problem=message, **context), draft, do)
    parts = parts_of(request, shell, cohort, definition)
    response = show(request, shell, "cohorts/edited.html", oob=True, **{**context, **parts})
    kept = keeping(shell, d=parts["d"] if parts["changed"] or not cohort else "")
    address = f"cohorts/{cohort.id if cohort else 'new'}{kept.state.query().rstrip('?')}"
    return focused(push_url(response, shell.root + address), draft, do)


def cohort_of(request: HttpRequest, shell: Shell, id_: str) -> Cohort | None:
    """The cohort of an `id=`, None without one. Raises NotFound."""
    if not id_:
        return None
    try:
        wanted = uuid.UUID(id_)
    except ValueError:
        raise BadRequest("id is none of a cohort", parameter="id") from None
    with tenant_scope(shell.tenant.id):
        found: Cohort = Cohort.objects.of(shell.tenant.id).reach(wanted, asker_of(request, shell))
    return found


def _words(request: HttpRequest, shell: Shell, definition: Condition | None, id_: str) -> str:
    if definition is not None:
        return sentence(definition)
    cohort = cohort_of(request, shell, id_)
    return words_of(cohort) if cohort and not cohort.static else ""


@tenant_page("cohorts")
def count(request: HttpRequest, shell: Shell) -> HttpResponse:
    """Size and a page of members, of the definition `d` or the saved cohort `id`; with `size=1` how many alone."""
    definition, problem = read_definition(request.GET.get("d", ""))
    id_, offset, alone = request.GET.get("id", ""), offset_of(request), request.GET.get("size") == "1"
    if not (definition or id_ or problem):
        return show(request, shell, "cohorts/nothing.html")
    try:
        if problem:
            raise BadRequest(problem)
        question = CohortPeople(
            definition=definition,
            cohort=None if definition else id_,
            timezone=shell.state.timezone,
            limit=0 if alone else PAGE,
            offset=offset,
        )
        answer = answered(shell.tenant, question, people.answer)
    except ObcError as error:
        return show(request, shell, "cohorts/failed.html", error.status, error=error)
    if alone:
        return show(request, shell, "cohorts/size.html", answer=answer)
    end = offset + len(answer["people"])
    named = {name: request.GET[name] for name in ("d", "id", "tz") if request.GET.get(name)}
    return show(
        request,
        shell,
        "cohorts/members.html",
        answer=answer,
        words=_words(request, shell, definition, id_),
        first=offset + 1,
        last=end,
        before="?" + urlencode({**named, "offset": max(0, offset - PAGE)}) if offset else "",
        after="?" + urlencode({**named, "offset": end}) if end < answer["size"] else "",
    )
