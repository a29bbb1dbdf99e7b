"""Who is connected now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.ws.registry import snapshot


@tenant_page("connections")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    return show(request, shell, "data/connections.html", answer=snapshot(shell.tenant.id))
