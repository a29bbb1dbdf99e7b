"""The stream of what was stored, as it is stored."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page


@tenant_page("live")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    settings = {
        "tenant_id": str(shell.tenant.id),
        "timezone": shell.state.timezone,
        "detail": f"{shell.root}events/detail",
    }
    return show(request, shell, "live/page.html", settings=settings)
