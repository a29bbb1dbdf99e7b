"""Is all well, at a glance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.first_event import write_key
from dashboards.insights.state import range_of
from dashboards.noting import notes_in
from dashboards.overview import overview_of
from dashboards.shell import Shell
from dashboards.snippets import snippets
from dashboards.views.page import show, tenant_page
from events.query.dashboard import dashboard


@tenant_page("overview")
def root(request: HttpRequest, shell: Shell) -> HttpResponse:
    return redirect("overview", slug=shell.tenant.slug)


@tenant_page("overview")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The frame, at once; its numbers follow by htmx, in tiles that keep their size."""
    return show(request, shell, "overview/page.html")


@tenant_page("overview")
def panels(request: HttpRequest, shell: Shell) -> HttpResponse:
    state = shell.state
    answer = dashboard(shell.tenant, state.range, state.timezone, state.compare, state.question_filters)
    overview = overview_of(answer, state, notes_in(range_of(state), shell.tenant.id))
    snippet = curl_snippet(request, shell) if overview.is_empty else None
    return show(request, shell, "overview/panels.html", overview=overview, snippet=snippet)


def curl_snippet(request: HttpRequest, shell: Shell) -> str | None:
    """What an empty tenant sends first; None while no key could send it."""
    key = write_key(shell.tenant.id)
    return snippets(f"{request.scheme}://{request.get_host()}", key.token)["curl"].code if key else None
