"""The data dictionary: what came, how often, and what people say of it. Changes need an analyst."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards import words
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.dictionary import reading, telling
from obc_analytics.errors import Forbidden
from tenants.access import at_least


@tenant_page("dictionary")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    at = words.looked(request.GET.dict())
    may_change = at_least(shell.role, "analyst")
    if request.method == "POST":
        if not may_change:
            raise Forbidden(f"Describing names needs the role analyst; yours is {shell.role}.")
        name = request.POST.get("name", "")
        telling.tell(shell.tenant, request.POST.get("kind", ""), name, _said(request))
        messages.success(request, f"Saved: {name[:80]}", extra_tags="good")
        return redirect(f"{request.path}{at.query(offset=at.offset)}")
    listing = words.listing(reading.read(shell.tenant, at.kind), at)
    return show(request, shell, "data/dictionary.html", at=at, listing=listing, may_change=may_change)


def _said(request: HttpRequest) -> telling.Words:
    """A form says all three: a box that is not ticked is not sent. Raises BadRequest."""
    sent = request.POST
    description = sent.get("description", "").replace("\r\n", "\n").strip()
    return telling.words_of({"description": description, "hidden": "hidden" in sent, "verified": "verified" in sent})
