"""Who asks a REST door, as what people made knows them."""

from __future__ import annotations

from events.models.kept import Asker
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
