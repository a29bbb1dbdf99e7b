"""Saved questions: a list to search, filtered by its address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from dashboards.insights import options
from dashboards.models import SavedInsight, Sharing
from dashboards.shell import Shell
from dashboards.views.builder import asker_of
from dashboards.views.page import show, tenant_page
from tenants.scope import tenant_scope

SHOWN = 200  # a list that is longer is searched
KINDS = {choice.value: choice for choice in (*options.KINDS, options.SQL)}
WHOSE = (("", "All"), ("mine", "Mine"), (Sharing.SHARED.value, "Shared"), (Sharing.PRIVATE.value, "Private"))


@tenant_page("insights")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    template = "insights/rows.html" if request.headers.get("HX-Target") == "insights" else "insights/list.html"
    return show(request, shell, template, **listed(request, shell))


def listed(request: HttpRequest, shell: Shell) -> dict[str, Any]:
    asker, query = asker_of(request, shell), request.GET
    kind = query.get("kind", "") if query.get("kind") in KINDS else ""
    whose = query.get("whose", "") if query.get("whose") in dict(WHOSE) else ""
    trash, search = query.get("trash") == "1", query.get("search", "")[:200]
    with tenant_scope(shell.tenant.id):
        rows = SavedInsight.objects.of(shell.tenant.id).visible_to(asker).search(search)
        rows = rows.trashed() if trash else rows.kept()
        rows = rows.of_kind(kind) if kind else rows
        if whose == "mine":
            rows = rows.filter(owner_id=asker.user_id)
        elif whose:
            rows = rows.filter(sharing=whose)
        found = list(rows.select_related("owner").order_by("-updated_at", "id")[: SHOWN + 1])
        trashed = SavedInsight.objects.of(shell.tenant.id).visible_to(asker).trashed().count()
    named = {"search": search, "kind": kind, "whose": whose, "trash": "1" if trash else ""}
    return {
        "rows": [(saved, KINDS.get(saved.kind), saved.may_change(asker)) for saved in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "filtered": bool(search or kind or whose),
        "trash": trash,
        "trashed": trashed,
        "search": search,
        "kind": kind,
        "whose": [(value, label, value == whose, _with(named, whose=value)) for value, label in WHOSE],
        "kinds": options.KINDS,
        "all_kinds": KINDS.values(),
        "trash_query": _with(named, trash="" if trash else "1"),
        "may_save": asker.writes,
    }


def _with(named: dict[str, str], **changes: str) -> str:
    """The list's query with changes; `?` where nothing is chosen."""
    left = {name: value for name, value in {**named, **changes}.items() if value}
    return f"?{urlencode(left)}"
