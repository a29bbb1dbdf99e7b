"""REST framework permissions. Which tenant it is decides tenants/access.py, inside the view."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.access import manageable_tenant, readable_tenant, tellable_tenant
from tenants.auth import KeyHolder, TenantConfig


class TenantRequest(Request):
    """A request that passed ReadsTenant or ManagesTenant."""

    tenant: TenantConfig


class ReadsTenant(BasePermission):
    """A secret key with the scope `read`, or a session of a member; sets `request.tenant`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        request.tenant = readable_tenant(request)
        return True


class TellsTenant(BasePermission):
    """A secret key with the scope `manage`, or a session of an analyst or owner; sets `request.tenant`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        request.tenant = tellable_tenant(request)
        return True


class ManagesTenant(BasePermission):
    """A secret key with the scope `manage`, or a session of an owner; sets `request.tenant`."""

    def has_permission(self, request: Any, view: Any) -> bool:
        request.tenant = manageable_tenant(request)
        return True


class WritesEvents(BasePermission):
    """A write key; the view checks origin and tenant by the rules of every other door."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return isinstance(request.auth, KeyHolder) and request.auth.writes
