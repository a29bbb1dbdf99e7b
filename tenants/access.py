"""Which tenant a person or a secret key may look at, and what they may do there."""

from __future__ import annotations

import uuid
from typing import Any

from obc_analytics.errors import BadRequest, Forbidden, NotFound, Unauthorized
from tenants.auth import KeyHolder, TenantConfig
from tenants.models import Membership, Role, Scope, Tenant
from tenants.scope import operator_scope

RANK = {Role.VIEWER: 1, Role.ANALYST: 2, Role.OWNER: 3}


def at_least(role: str, needed: str) -> bool:
    return RANK[Role(role)] >= RANK[Role(needed)]


def memberships(user: Any) -> list[tuple[TenantConfig, str]]:
    """The tenants of a signed-in person, by name. A superuser is owner of all."""
    with operator_scope():
        if user.is_superuser:
            return [(TenantConfig.of(tenant), Role.OWNER.value) for tenant in Tenant.objects.all()]
        rows = Membership.objects.filter(user_id=user.pk).select_related("tenant").order_by("tenant__name")
        return [(TenantConfig.of(row.tenant), row.role) for row in rows]


def member_tenant(user: Any, slug: str) -> tuple[TenantConfig, str]:
    """The tenant of that slug and the person's role there. NotFound: absent, or not theirs."""
    return _find(user, slug=slug)


def member_tenant_by_id(user: Any, tenant_id: str) -> tuple[TenantConfig, str]:
    """The same by the tenant's id, as it stands in a URL."""
    try:
        return _find(user, id=uuid.UUID(tenant_id))
    except ValueError:
        raise NotFound from None


def _find(user: Any, **which: Any) -> tuple[TenantConfig, str]:
    if not user.is_authenticated or not user.is_active:
        raise Unauthorized("Sign in, or send a secret key.")
    with operator_scope():
        tenant = Tenant.objects.filter(**which).first()
        if tenant is None:
            raise NotFound
        if user.is_superuser:
            return TenantConfig.of(tenant), Role.OWNER.value
        membership = Membership.objects.filter(tenant=tenant, user_id=user.pk).first()
        if membership is None:
            raise NotFound
        return TenantConfig.of(tenant), membership.role


def readable_tenant(request: Any) -> TenantConfig:
    """The tenant that a REST request reads: its secret key's, or its session's.

    Raises Unauthorized, Forbidden (a write key, a key without the scope or of another tenant), NotFound (not yours) and
    BadRequest (a session of several tenants that names none).
    """
    return _with_role(request, Role.VIEWER, Scope.READ)


def tellable_tenant(request: Any) -> TenantConfig:
    """The tenant whose names, questions and groups a REST request may describe or change."""
    return _with_role(request, Role.ANALYST, Scope.MANAGE)


def manageable_tenant(request: Any) -> TenantConfig:
    """The tenant whose members, keys and settings a REST request may change."""
    return _with_role(request, Role.OWNER, Scope.MANAGE)


def _with_role(request: Any, needed: str, scope: str) -> TenantConfig:
    named = request.query_params.get("tenant_id") or None
    if isinstance(request.auth, KeyHolder):
        return _of_key(request.auth, named, scope)
    tenant, role = _of_session(request.user, named)
    if not at_least(role, needed):
        raise Forbidden(f"This needs the role {needed}.")
    return tenant


def _of_key(holder: KeyHolder, named: str | None, scope: str) -> TenantConfig:
    if holder.writes:
        raise Forbidden("A write key may only send events; reading needs a secret key.")
    if scope not in holder.scopes:
        raise Forbidden(f"This key lacks the scope {scope}.")
    if named is not None and named.lower() != str(holder.tenant.id):
        raise Forbidden("tenant_id disagrees with the key's tenant.")  # as at the write doors, for any other id
    return holder.tenant


def _of_session(user: Any, named: str | None) -> tuple[TenantConfig, str]:
    if not getattr(user, "is_authenticated", False):
        raise Unauthorized("Sign in, or send a secret key.")
    if named is not None:
        return member_tenant_by_id(user, named)
    mine = memberships(user)
    if len(mine) != 1:
        raise BadRequest("Name a tenant with tenant_id.", parameter="tenant_id") if mine else NotFound()
    return mine[0]
