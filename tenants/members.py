"""Who belongs to a tenant. A tenant keeps at least one owner. Call in its scope."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from obc_analytics.errors import BadRequest, NotFound
from tenants.models import Membership, Role, Tenant


def find_user(name: str) -> Any:
    """The active account of that user name or e-mail address. Raises BadRequest naming `user`."""
    name = name.strip()
    found = get_user_model().objects.filter(Q(username=name) | Q(email__iexact=name), is_active=True)[:3]
    exact = [user for user in found if user.get_username() == name]
    if len(exact or found) != 1:
        how_many = "no account has" if not found else "several accounts have"
        raise BadRequest(f"user: {how_many} this name or e-mail address.", parameter="user")
    return (exact or list(found))[0]


def add(tenant_id: uuid.UUID, name: str, role: str) -> Membership:
    """Raises BadRequest for an unknown account, and for one that is a member already."""
    user = find_user(name)
    member, made = Membership.objects.get_or_create(tenant_id=tenant_id, user=user, defaults={"role": role})
    if not made:
        raise BadRequest("user: is a member already; change the role instead.", parameter="user")
    return member


def change_role(tenant_id: uuid.UUID, user_id: int, role: str) -> Membership:
    """Raises NotFound, and BadRequest where no owner would remain."""
    member = _locked(tenant_id, user_id)
    if role != Role.OWNER:
        _keep_an_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    return member


def remove(tenant_id: uuid.UUID, user_id: int) -> None:
    """Raises NotFound, and BadRequest where no owner would remain."""
    member = _locked(tenant_id, user_id)
    _keep_an_owner(member)
    member.delete()


def _locked(tenant_id: uuid.UUID, user_id: int) -> Membership:
    # one change at a time: two owners who remove each other must not both succeed
    Tenant.objects.select_for_update().get(id=tenant_id)
    member = Membership.objects.select_related("user").filter(tenant_id=tenant_id, user_id=user_id).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def _keep_an_owner(member: Membership) -> None:
    owners = Membership.objects.filter(tenant_id=member.tenant_id, role=Role.OWNER)
    if member.role == Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise BadRequest("A tenant keeps at least one owner: name another one first.", parameter="role")
