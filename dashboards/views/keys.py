"""Keys: made, shown once, revoked. Owners only."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from obc_analytics.errors import BadRequest, NotFound
from tenants.models import ApiKey, KeyKind, Tenant
from tenants.scope import tenant_scope

NAME_MAX = 100


@tenant_page("keys", needs="owner")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The list. A POST answers with the list too, not with a redirect: a new secret is in that answer only."""
    made = secret = problem = None
    if request.method == "POST":
        try:
            made, secret = _act(shell, request.POST.get("action", ""), request.POST.dict())
        except BadRequest as error:
            problem = error.message
    with tenant_scope(shell.tenant.id):
        keys = list(ApiKey.objects.filter(tenant_id=shell.tenant.id).order_by("revoked_at", "created_at"))
    active = [key for key in keys if key.revoked_at is None]
    revoked = [key for key in keys if key.revoked_at is not None]
    context = {"active": active, "revoked": revoked, "made": made, "secret": secret, "problem": problem}
    return show(request, shell, "settings/keys.html", status=422 if problem else 200, **context)


def _act(shell: Shell, action: str, form: dict[str, str]) -> tuple[ApiKey | None, str | None]:
    if action == "create":
        return _create(shell, form.get("kind", ""), form.get("name", "").strip())
    if action == "revoke":
        _revoke(shell, form.get("key", ""))
        return None, None
    raise BadRequest("There is no such action.")


def _create(shell: Shell, kind: str, name: str) -> tuple[ApiKey, str | None]:
    """The new key's row, and its secret where it has one."""
    if not name or len(name) > NAME_MAX or "\x00" in name:
        raise BadRequest(f"A key needs a name of 1 to {NAME_MAX} characters: where will it be used?")
    if kind not in KeyKind.values:
        raise BadRequest("A key is a write key or a secret key.")
    with tenant_scope(shell.tenant.id):
        tenant = Tenant.objects.get(id=shell.tenant.id)
        if kind == KeyKind.WRITE:
            return ApiKey.objects.create_write(tenant, name), None
        return ApiKey.objects.create_secret(tenant, name)


def _revoke(shell: Shell, key_id: str) -> None:
    try:
        wanted = uuid.UUID(key_id)
    except ValueError:
        raise NotFound("There is no such key.") from None
    with tenant_scope(shell.tenant.id):
        key = ApiKey.objects.filter(tenant_id=shell.tenant.id, id=wanted).first()
        if key is None:
            raise NotFound("There is no such key.")
        key.revoke()
