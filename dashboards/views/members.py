"""Who belongs to the tenant: roles, invitations and password links. Owners only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from obc_analytics.errors import BadRequest, Forbidden, NotFound
from tenants import links, members
from tenants.models import Membership, Role
from tenants.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did; `link` is shown in this answer and never again."""

    text: str
    link: str = ""


@tenant_page("members", needs="owner")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The list. A POST answers with the list too, not with a redirect: a new link is in that answer only."""
    done = problem = None
    if request.method == "POST":
        try:
            done = _act(request, shell, request.POST.get("action", ""))
        except (BadRequest, Forbidden) as error:
            problem = error.message
    with tenant_scope(shell.tenant.id):
        people = list(Membership.objects.filter(tenant_id=shell.tenant.id).select_related("user"))
    context = {
        "people": people,
        "invitations": links.pending(shell.tenant.id),
        "roles": Role.choices,
        "done": done,
        "problem": problem,
    }
    return show(request, shell, "settings/members.html", status=422 if problem else 200, **context)


def _act(request: HttpRequest, shell: Shell, action: str) -> Done:
    tenant_id, form = shell.tenant.id, request.POST
    match action:
        case "invite":
            made, token = links.invite(tenant_id, request.user, form.get("role", ""), form.get("note", ""))
            text = f"Pass this link on to the {made.role}-to-be. It works once, for 7 days."
            return Done(text, request.build_absolute_uri(f"/invite/{token}"))
        case "withdraw":
            links.withdraw(tenant_id, _uuid(form.get("invitation", "")))
            return Done("The invitation is withdrawn: its link is dead.")
        case "role":
            role = form.get("role", "")
            if role not in Role.values:
                raise BadRequest("A role is owner, analyst or viewer.")
            with tenant_scope(tenant_id):
                member = members.change_role(tenant_id, _number(form.get("member", "")), role)
            return Done(f"{member.user.get_username()} is {member.role} now.")
        case "remove":
            with tenant_scope(tenant_id):
                members.remove(tenant_id, _number(form.get("member", "")))
            return Done("Removed. They see nothing of this tenant any more.")
        case "reset":
            link, token = links.make_reset(tenant_id, _number(form.get("member", "")), request.user)
            text = f"Pass this link on to {link.user.get_username()}. It works once, for 24 hours."
            return Done(text, request.build_absolute_uri(f"/reset/{token}"))
        case _:
            raise BadRequest("There is no such action.")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("There is no such member.")
    return int(text)


def _uuid(text: Any) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("There is no such invitation.") from None
