"""Is all well, at a glance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.overview import overview_of
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.query.dashboard import dashboard
from tenants.scope import tenant_scope


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
    with tenant_scope(shell.tenant.id):
        answer = dashboard(shell.tenant, state.range, state.timezone, state.compare)
    return show(request, shell, "overview/panels.html", overview=overview_of(answer))
