"""What became of every event received, to the unit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboards.delivery import delivery_of
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.query.ledger import ledger
from tenants.scope import tenant_scope


@tenant_page("delivery")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    since, until = shell.state.window(timezone.now())
    interval = "hour" if shell.state.range == "24h" else "day"
    with tenant_scope(shell.tenant.id):
        answer = ledger(shell.tenant, since, until, interval, shell.state.timezone)
    return show(request, shell, "data/delivery.html", delivery=delivery_of(answer, interval))
