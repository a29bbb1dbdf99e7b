"""Saving a cohort, and what is done to a saved one. Every form answers with a redirect."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from dashboards.boards.forms import text_of
from dashboards.shell import Shell
from dashboards.views import cohorts
from dashboards.views.builder import asker_of
from dashboards.views.page import show, tenant_page
from dashboards.views.people_behind import actors_of
from dashboards.views.saving import number_of, version_of
from events.cohorts import making, patterns
from events.cohorts.types import to_plain
from events.models import Cohort
from events.models.kept import Asker
from obc_analytics.errors import BadRequest, Conflict, Forbidden
from tenants.scope import tenant_scope


@tenant_page("cohorts")
def save(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The definition `d`: as a new cohort, or over the saved one whose version was seen."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form, asker = request.POST.dict(), writer(request, shell)
    definition, problem = cohorts.read_definition(form.get("d", ""))
    if definition is None:
        raise BadRequest(problem or "Choose what people did, or what is known of them, then save.")
    patterns.check(definition)
    plain = to_plain(definition)
    if form.get("as") != "same":
        fields = {"name": name_of(form), "definition": plain, "created_by_id": asker.user_id}
        with tenant_scope(shell.tenant.id):
            cohort = Cohort.objects.create(tenant_id=shell.tenant.id, **fields)
        return redirect(f"{shell.root}cohorts/{cohort.id}")
    known = cohorts.cohort_of(request, shell, form.get("id", ""))
    if known is None or known.static:
        raise BadRequest("the members of a fixed list never change")
    try:
        with tenant_scope(shell.tenant.id):
            row = Cohort.objects.of(shell.tenant.id).take(known.id, asker, number_of(form.get("version", "")))
            row.change(definition=plain)
    except Conflict:
        return cohorts.page(request, shell, known, status=409, conflict=True, d=form.get("d", ""))
    return redirect(f"{shell.root}cohorts/{known.id}")


@tenant_page("cohorts")
def change(request: HttpRequest, shell: Shell, cohort_id: uuid.UUID) -> HttpResponse:
    """`do`: rename (with the description), freeze, duplicate, trash, restore, delete."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form, asker = request.POST.dict(), writer(request, shell)
    do = form.get("do", "")
    if do in {"freeze", "duplicate"}:
        return _copied(request, shell, cohort_id, asker, static=do == "freeze")
    with tenant_scope(shell.tenant.id):
        row = Cohort.objects.of(shell.tenant.id).take(cohort_id, asker, version_of(form))
        match do:
            case "rename":
                row.change(
                    name=name_of(form), description=text_of(form, "description", 2000, "The description", needed=False)
                )
            case "trash":
                row.trash()
            case "restore":
                row.restore()
            case "delete" if row.trashed_at is not None:
                row.delete()
            case _:
                raise BadRequest("This can't be done to a cohort.")
    if do == "trash":
        messages.success(request, f"“{row.name}” is in the trash; what names it says so.", extra_tags="good")
    return redirect(f"{shell.root}cohorts/" + (f"{row.id}" if do in {"rename", "restore"} else ""))


def _copied(request: HttpRequest, shell: Shell, cohort_id: uuid.UUID, asker: Asker, static: bool) -> HttpResponse:
    with tenant_scope(shell.tenant.id):
        row = Cohort.objects.of(shell.tenant.id).reach(cohort_id, asker)
    what = "fixed list" if static and not row.static else "copy"
    fields = {"name": f"{row.name[:180]} ({what})", "description": row.description, "created_by_id": asker.user_id}
    made = making.copied(shell.tenant, row, static, shell.state.timezone, **fields)
    return redirect(f"{shell.root}cohorts/{made.id}")


@tenant_page("cohorts")
def of_people(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The people behind a number (`q`, a question of the kind actors) as a fixed list; in the panel, a link to it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form, asker = request.POST.dict(), writer(request, shell)
    question = actors_of(form.get("q", ""))
    cohort = making.of_people(shell.tenant, question, name=name_of(form), created_by_id=asker.user_id)
    if request.headers.get("HX-Request"):
        return show(request, shell, "cohorts/saved.html", cohort=cohort)
    return redirect(f"{shell.root}cohorts/{cohort.id}")


def writer(request: HttpRequest, shell: Shell) -> Asker:
    asker = asker_of(request, shell)
    if not asker.writes:
        raise Forbidden("Making cohorts needs the role analyst; an owner can change that.")
    return asker


def name_of(form: dict[str, str]) -> str:
    return text_of(form, "name", 200, "The cohort's name")
