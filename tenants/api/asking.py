"""Whether the asker may do something to the tenant that the path names."""

from __future__ import annotations

import uuid
from typing import Any

from obc_analytics.errors import Forbidden, NotFound
from tenants.access import at_least, member_tenant_by_id
from tenants.auth import KeyHolder
from tenants.models import Role, Scope


def tenant_of_path(request: Any, tenant_id: str, role: str) -> tuple[uuid.UUID, str | None]:
    """The tenant's id and the asker's role in it, which is None for a key.

    A secret key needs the scope `read` for what viewers may see, else `manage`. Raises Unauthorized,
    Forbidden, and NotFound for a tenant that is not the asker's.
    """
    if isinstance(request.auth, KeyHolder):
        return _of_key(request.auth, tenant_id, Scope.READ if role == Role.VIEWER else Scope.MANAGE), None
    tenant, actual = member_tenant_by_id(request.user, tenant_id)
    if not at_least(actual, role):
        raise Forbidden(f"This needs the role {role}.")
    return tenant.id, actual


def _of_key(holder: KeyHolder, tenant_id: str, scope: str) -> uuid.UUID:
    if holder.writes:
        raise Forbidden("A write key may only send events.")
    if str(holder.tenant.id) != tenant_id.lower():
        raise NotFound
    if not holder.scopes & {scope, Scope.MANAGE}:
        raise Forbidden(f"This key lacks the scope {scope}.")
    return holder.tenant.id
