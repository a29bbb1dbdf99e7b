"""What could not be stored, kept raw: to read, to replay after a fix, to delete. Changes need an analyst."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards import quarantined
from dashboards.shell import Shell
from dashboards.views.page import keeping, show, tenant_page
from events.ingest import replay
from obc_analytics.errors import BadRequest, Forbidden
from tenants.access import at_least

AT_ONCE = 500  # rows of "replay all"; the rest waits for the next press


@tenant_page("quarantine")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in quarantined.STATES else "waiting"
    reason = request.GET.get("reason", "")[:40].replace("\x00", "")
    shell = keeping(shell, state=state if state != "waiting" else "", reason=reason)
    if request.method == "POST":
        if not at_least(shell.role, "analyst"):
            raise Forbidden(f"Replaying and deleting need the role analyst; yours is {shell.role}.")
        messages.success(request, _act(request, shell, reason), extra_tags="good")
        return redirect(f"{request.path}{shell.state.query()}")
    listing = quarantined.listing(shell.tenant.id, state, reason, request.GET.get("after", ""))
    return show(
        request,
        shell,
        "data/quarantine.html",
        listing=listing,
        states=[
            (label, keeping(shell, state=name if name != "waiting" else "").state.query(), name == state)
            for name, label in quarantined.STATES.items()
        ],
        reasons=[
            (name, meaning, count, keeping(shell, reason=name).state.query(), name == reason)
            for name, meaning, count in listing.reasons
        ],
        all_reasons=keeping(shell, reason="").state.query(),
        reason=reason,
        older=listing.after and keeping(shell, after=listing.after).state.query(),
        may_change=at_least(shell.role, "analyst"),
        at_once=AT_ONCE,
    )


def _act(request: HttpRequest, shell: Shell, reason: str) -> str:
    match request.POST.get("action"):
        case "replay":
            return _replay(shell, _ids(request.POST.getlist("id")))
        case "replay_all":
            return _replay(shell, quarantined.waiting_ids(shell.tenant.id, reason, AT_ONCE))
        case "delete":
            return f"Deleted: {quarantined.delete(shell.tenant.id, _ids(request.POST.getlist('id')))}."
        case _:
            raise BadRequest("There is no such action.")


def _replay(shell: Shell, ids: Sequence[uuid.UUID]) -> str:
    return replay.summary(replay.replay(shell.tenant.id, ids), asked=len(ids))


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in texts[: replay.MOST]]
    except ValueError:
        raise BadRequest("There is no such event in the quarantine.") from None
