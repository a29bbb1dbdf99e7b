"""What became of every event received, to the unit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now as wall_clock

from dashboards.delivery import delivery_of
from dashboards.insights.state import range_of
from dashboards.noting import notes_in
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.query.ledger import ledger


@tenant_page("delivery")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    span = shell.state.span(wall_clock())
    answer = ledger(shell.tenant, span.since, span.until, span.interval, shell.state.timezone)
    notes = notes_in(range_of(shell.state), shell.tenant.id)
    return show(request, shell, "data/delivery.html", delivery=delivery_of(answer, span, notes))
