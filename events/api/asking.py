"""Who asks a REST door, as what people made knows them."""

from __future__ import annotations

from events.models.kept import Asker
from obc_analytics.errors import BadRequest
from tenants.access import member_tenant_by_id
from tenants.auth import KeyHolder
from tenants.models import Role, Scope
from tenants.permissions import TenantRequest


def asker_of(request: TenantRequest) -> Asker:
    """A key with the scope `manage` is an owner, another secret key a viewer."""
    if isinstance(request.auth, KeyHolder):
        return Asker(None, Role.OWNER if Scope.MANAGE in request.auth.scopes else Role.VIEWER)
    _, role = member_tenant_by_id(request.user, str(request.tenant.id))
    return Asker(request.user.pk, role)


def version_seen(request: TenantRequest) -> int | None:
    """The version that the body says was seen before the change, None without one. Raises BadRequest."""
    seen = request.data.get("version") if isinstance(request.data, dict) else None
    if seen is not None and not isinstance(seen, int):
        raise BadRequest("version is a whole number", parameter="version")
    return seen
