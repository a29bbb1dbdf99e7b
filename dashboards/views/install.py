"""From a key to the first event: snippets, and a status that turns by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboards.first_event import newest_event, write_key
from dashboards.migration import DIFFERS, MAPS
from dashboards.shell import Shell
from dashboards.snippets import csp_line, snippets
from dashboards.views.page import show, tenant_page

NO_KEY = "obc_pk_…"


def origin_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@tenant_page("install")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    key = write_key(shell.tenant.id)
    return show(
        request,
        shell,
        "install/page.html",
        key=key,
        snippets=snippets(origin_of(request), key.token if key else NO_KEY).values(),
        csp=csp_line(origin_of(request)),
        newest=newest_event(shell.tenant.id),
    )


@tenant_page("install")
def mixpanel(request: HttpRequest, shell: Shell) -> HttpResponse:
    """Moving from Mixpanel: what to change, what maps to what, what differs."""
    key = write_key(shell.tenant.id)
    snippet = snippets(origin_of(request), key.token if key else NO_KEY)["mixpanel"]
    return show(request, shell, "install/mixpanel.html", snippet=snippet, maps=MAPS, differs=DIFFERS)


@tenant_page("install")
def status(request: HttpRequest, shell: Shell) -> HttpResponse:
    """204 while nothing is newer than `?seen=`: htmx leaves the line alone, and nobody hears it read again."""
    newest = newest_event(shell.tenant.id)
    if request.GET.get("seen") == str(newest.seq if newest else 0):
        return HttpResponse(status=204)
    return show(request, shell, "install/status.html", newest=newest)
