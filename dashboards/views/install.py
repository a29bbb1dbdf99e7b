"""From a key to the first event: snippets, and a status that turns by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboards.first_event import newest_event, write_key
from dashboards.shell import Shell
from dashboards.snippets import csp_line, snippets
from dashboards.views.page import show, tenant_page


@tenant_page("install")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    key = write_key(shell.tenant.id)
    origin = f"{request.scheme}://{request.get_host()}"
    return show(
        request,
        shell,
        "install/page.html",
        key=key,
        snippets=snippets(origin, key.token if key else "obc_pk_…").values(),
        csp=csp_line(origin),
        newest=newest_event(shell.tenant.id),
    )


@tenant_page("install")
def status(request: HttpRequest, shell: Shell) -> HttpResponse:
    """204 while nothing is newer than `?seen=`: htmx leaves the line alone, and nobody hears it read again."""
    newest = newest_event(shell.tenant.id)
    if request.GET.get("seen") == str(newest.seq if newest else 0):
        return HttpResponse(status=204)
    return show(request, shell, "install/status.html", newest=newest)
