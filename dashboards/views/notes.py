"""Dated notes: what happened on a day, for everybody who looks at a chart of that time."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.boards import forms
from dashboards.models import Annotation
from dashboards.shell import Shell
from dashboards.views.boards import asker_of, posted
from dashboards.views.page import show, tenant_page
from obc_analytics.errors import BadRequest, NotFound
from tenants.scope import tenant_scope

SHOWN = 500


@tenant_page("notes")
def listing(request: HttpRequest, shell: Shell) -> HttpResponse:
    return _page(request, shell)


@tenant_page("notes", needs="analyst")
def add(request: HttpRequest, shell: Shell) -> HttpResponse:
    form = posted(request)
    try:
        fields = fields_of(form)
    except BadRequest as error:
        return _page(request, shell, problem=error.message, form=form)
    with tenant_scope(shell.tenant.id):
        Annotation.objects.create(tenant_id=shell.tenant.id, author_id=request.user.pk, **fields)
    if form.get("board"):  # added there: back to where its charts are
        return redirect("board", slug=shell.tenant.slug, board_id=forms.id_of(form["board"], "board"))
    return redirect("notes", slug=shell.tenant.slug)


@tenant_page("notes", needs="analyst")
def change(request: HttpRequest, shell: Shell, note_id: uuid.UUID) -> HttpResponse:
    """`action`: edit (day, text) or delete."""
    form = posted(request)
    with tenant_scope(shell.tenant.id):
        note = Annotation.objects.of(shell.tenant.id).filter(id=note_id).first()
        if note is None:
            raise NotFound("There is no such note.")
        if form.get("action") == "delete":
            note.delete()
        elif form.get("action") == "edit":
            for name, value in fields_of(form).items():
                setattr(note, name, value)
            note.save(update_fields=["day", "text"])
        else:
            raise BadRequest("There is no such action.")
    return redirect("notes", slug=shell.tenant.slug)


def fields_of(form: forms.Form) -> dict[str, object]:
    return {"day": forms.day_of(form), "text": forms.text_of(form, "text", 200, "The note")}


def _page(request: HttpRequest, shell: Shell, problem: str = "", form: forms.Form | None = None) -> HttpResponse:
    with tenant_scope(shell.tenant.id):
        found = Annotation.objects.of(shell.tenant.id).select_related("author").order_by("-day", "-created_at")
        notes = list(found[:SHOWN])
    context = {"notes": notes, "problem": problem, "form": form or {}, "asker": asker_of(request, shell)}
    return show(request, shell, "boards/notes.html", status=422 if problem else 200, **context)
