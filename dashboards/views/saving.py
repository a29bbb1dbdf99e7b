"""Saving a question, and what is done to a saved one. Every form answers with a redirect."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from dashboards.insights import compact, state
from dashboards.insights.state import Builder
from dashboards.models import SavedInsight, Sharing
from dashboards.shell import Shell
from dashboards.views import builder as builder_page
from dashboards.views.builder import asker_of
from dashboards.views.page import tenant_page
from obc_analytics.errors import BadRequest, Conflict, Forbidden, NotFound
from tenants.scope import tenant_scope


@tenant_page("insights")
def save(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The question of the form's fields: as a new insight, or over the saved one whose version was seen."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = request.POST.dict()
    if form.get("as") == "same":
        return _save_over(request, shell, form)
    asker = asker_of(request, shell)
    if not asker.writes:
        raise Forbidden("Saving needs the role analyst; an owner can change that.")
    built = _read(form, shell, None)
    with tenant_scope(shell.tenant.id):
        saved = SavedInsight.objects.create(
            tenant_id=shell.tenant.id,
            owner_id=asker.user_id,
            name=name_of(form),
            sharing=sharing_of(form),
            question=compact.kept(compact.compact(built.question)),
            view=built.kept_view.plain(),
        )
    return redirect(f"{shell.root}insights/{saved.id}")


def _save_over(request: HttpRequest, shell: Shell, form: dict[str, str]) -> HttpResponse:
    asker = asker_of(request, shell)
    with tenant_scope(shell.tenant.id):
        saved = state.saved_of(form.get("id", ""), shell.tenant.id, asker)
        if saved is None:
            raise NotFound
        built = _read(form, shell, saved)
        try:
            row = SavedInsight.objects.of(shell.tenant.id).take(saved.id, asker, number_of(form.get("version", "")))
        except Conflict:
            return builder_page.page(request, shell, built, status=409, conflict=True)
        row.change(question=compact.kept(compact.compact(built.question)), view=built.kept_view.plain())
    return redirect(f"{shell.root}insights/{row.id}")


def _read(form: dict[str, str], shell: Shell, saved: SavedInsight | None) -> Builder:
    page = type(shell.state).read(form, shell.tenant.timezone)
    built = state.read(form, page, saved)
    if built.problems:
        raise BadRequest(f"This can't be saved as it stands. {built.problems[0]}")
    return built


@tenant_page("insights")
def change(request: HttpRequest, shell: Shell, insight_id: uuid.UUID) -> HttpResponse:
    """`do`: rename (with description and sharing), duplicate, trash, restore, delete."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form, asker = request.POST.dict(), asker_of(request, shell)
    do = form.get("do", "")
    with tenant_scope(shell.tenant.id):
        rows = SavedInsight.objects.of(shell.tenant.id)
        if do == "duplicate":
            if not asker.writes:
                raise Forbidden("Copying needs the role analyst; an owner can change that.")
            return redirect(f"{shell.root}insights/{rows.reach(insight_id, asker).duplicate(asker).id}")
        saved = rows.take(insight_id, asker, version_of(form))
        target = _do(saved, do, form)
    if said := SAID.get(do):
        messages.success(request, said.format(name=saved.name[:120]))
    return redirect(shell.root + target)


SAID = {
    "trash": "“{name}” is in the trash, from where it can be restored.",
    "restore": "“{name}” is back.",
    "delete": "“{name}” is deleted for good.",
}


def _do(saved: SavedInsight, do: str, form: dict[str, str]) -> str:
    """Where the browser goes on, below the tenant's root."""
    if do == "rename":
        saved.change(name=name_of(form), description=_text(form, "description", 2000), sharing=sharing_of(form))
        back = form.get("back", "")
        return back if back.startswith(f"insights/{saved.id}") else f"insights/{saved.id}"
    if do == "trash":
        saved.trash()
        return "insights/"
    if do == "restore":
        saved.restore()
        return f"insights/{saved.id}"
    if do == "delete":
        if saved.trashed_at is None:
            raise Conflict("Only what is in the trash is deleted for good.")
        saved.delete()
        return "insights/?trash=1"
    raise BadRequest("There is no such action.")


def name_of(form: dict[str, str]) -> str:
    name = _text(form, "name", 200)
    if not name:
        raise BadRequest("An insight needs a name of 1 to 200 characters.")
    return name


def _text(form: dict[str, str], name: str, longest: int) -> str:
    text = form.get(name, "").replace("\x00", "").strip()
    if len(text) > longest:
        raise BadRequest(f"The {name} has at most {longest} characters.")
    return text


def sharing_of(form: dict[str, Any]) -> str:
    return Sharing.SHARED if form.get("sharing") == Sharing.SHARED else Sharing.PRIVATE


def number_of(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequest("version is a whole number")
    return int(text)


def version_of(form: dict[str, str]) -> int | None:
    """The version that was seen, None where the form names none: then whatever stands there is changed."""
    return number_of(form["version"]) if form.get("version") else None
