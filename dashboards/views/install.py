"""From a key to the first event: snippets, and a status that turns by itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.snippets import csp_line, snippets
from dashboards.views.page import show, tenant_page
from events.models import Event
from tenants.models import ApiKey, KeyKind
from tenants.scope import tenant_scope


@tenant_page("install")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    key = _write_key(shell)
    origin = f"{request.scheme}://{request.get_host()}"
    return show(
        request,
        shell,
        "install/page.html",
        key=key,
        snippets=snippets(origin, key.token if key else "obc_pk_…"),
        csp=csp_line(origin),
        newest=_newest_event(shell),
    )


@tenant_page("install")
def status(request: HttpRequest, shell: Shell) -> HttpResponse:
    return show(request, shell, "install/status.html", newest=_newest_event(shell))


def _write_key(shell: Shell) -> ApiKey | None:
    """The oldest write key in use. Write keys are public, so every member may see one."""
    with tenant_scope(shell.tenant.id):
        keys = ApiKey.objects.filter(tenant_id=shell.tenant.id, kind=KeyKind.WRITE, revoked_at=None)
        return keys.order_by("created_at").first()


def _newest_event(shell: Shell) -> Event | None:
    with tenant_scope(shell.tenant.id):
        events = Event.objects.filter(tenant_id=shell.tenant.id).order_by("-seq")
        return events.only("seq", "event_name", "distinct_id", "processed_at", "timestamp").first()
