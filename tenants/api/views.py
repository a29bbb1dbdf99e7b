"""`/api/v1/tenants/`: settings, people and keys of a tenant. A tenant that is not the asker's is 404."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from obc_analytics.errors import Forbidden, NotFound, Unauthorized
from obc_analytics.rest import ApiViewSet
from tenants import members
from tenants.access import memberships
from tenants.api import docs, serializers
from tenants.api.asking import tenant_of_path
from tenants.auth import KeyHolder, forget_keys
from tenants.models import ApiKey, KeyKind, Membership, Role, Tenant
from tenants.scope import operator_scope, tenant_scope
from tenants.throttling import ReadThrottle


class TenantsApi(ApiViewSet):
    permission_classes = [AllowAny]  # decided in each action, by the tenant of its path
    throttle_classes = [ReadThrottle]

    @contextmanager
    def opened(self, tenant_id: str, role: str) -> Iterator[tuple[uuid.UUID, str | None]]:
        """The rows of the tenant of the path, for one who has this role there; its id and the actual role."""
        found, actual = tenant_of_path(self.request, tenant_id, role)
        with tenant_scope(found):
            yield found, actual

    def checked(self, serializer: type, **options: Any) -> Any:
        """The request's body. Raises ValidationError (400) with each field's problem."""
        wanted = serializer(data=self.request.data, **options)
        wanted.is_valid(raise_exception=True)
        return wanted


@extend_schema_view(**docs.TENANTS)
class TenantViewSet(TenantsApi):
    def list(self, request: Request) -> Response:
        tenants, roles = _mine(request)
        return Response({"results": serializers.TenantSerializer(tenants, many=True, context={"roles": roles}).data})

    def create(self, request: Request) -> Response:
        if not getattr(request.user, "is_authenticated", False):
            raise Unauthorized("Sign in as the installation's operator.")
        if not request.user.is_superuser:
            raise Forbidden("Tenants are made by the installation's operator.")
        values = self.checked(serializers.TenantSerializer).validated_data
        with operator_scope():
            tenant = Tenant.objects.create_named(**values)
            Membership.objects.create(tenant=tenant, user=request.user, role=Role.OWNER)
        return Response(_shown(tenant, Role.OWNER), status=201)

    def retrieve(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.VIEWER) as (found, role):
            return Response(_shown(Tenant.objects.get(id=found), role))

    def partial_update(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, role):
            tenant = Tenant.objects.select_for_update().get(id=found)
            change = self.checked(serializers.TenantSerializer, instance=tenant, partial=True)
            _quotas_are_the_operators(request, change.validated_data)
            change.save()
        forget_keys()
        return Response(_shown(tenant, role))


@extend_schema_view(**docs.MEMBERS)
class MemberViewSet(TenantsApi):
    def list(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.VIEWER) as (found, _):
            rows = Membership.objects.filter(tenant_id=found).select_related("user")
            return Response({"results": serializers.MemberSerializer(rows, many=True).data})

    def create(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, _):
            if not request.user.is_superuser:  # the answer would tell which accounts exist
                raise Forbidden("Accounts are added by the installation's operator; invite people by a link.")
            values = self.checked(serializers.NewMemberSerializer).validated_data
            member = members.add(found, values["user"], values["role"])
        return Response(serializers.MemberSerializer(member).data, status=201)

    def partial_update(self, request: Request, tenant_id: str, user_id: int) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, _):
            role = self.checked(serializers.RoleSerializer).validated_data["role"]
            member = members.change_role(found, user_id, role)
        return Response(serializers.MemberSerializer(member).data)

    def destroy(self, request: Request, tenant_id: str, user_id: int) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, _):
            members.remove(found, user_id)
        return Response(status=204)


@extend_schema_view(**docs.KEYS)
class KeyViewSet(TenantsApi):
    def list(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.ANALYST) as (found, _):
            rows = ApiKey.objects.filter(tenant_id=found)
            return Response({"results": serializers.KeySerializer(rows, many=True).data})

    def create(self, request: Request, tenant_id: str) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, _):
            values = self.checked(serializers.NewKeySerializer).validated_data
            key, secret = _make(Tenant.objects.get(id=found), **values)
        forget_keys()
        # the only time that a secret key is shown
        return Response({**serializers.KeySerializer(key).data, "key": secret}, status=201)

    def destroy(self, request: Request, tenant_id: str, key_id: uuid.UUID) -> Response:
        with self.opened(tenant_id, Role.OWNER) as (found, _):
            key = ApiKey.objects.filter(tenant_id=found, id=key_id).first()
            if key is None:
                raise NotFound("There is no such key.")
            key.revoke()
        forget_keys()  # again: until the commit somebody may have looked it up
        return Response(status=204)


def _mine(request: Request) -> tuple[list[Tenant], dict[uuid.UUID, str]]:
    if isinstance(request.auth, KeyHolder):
        holder = request.auth
        tenant_of_path(request, str(holder.tenant.id), Role.VIEWER)
        roles: dict[uuid.UUID, str] = {}
        ids = [holder.tenant.id]
    elif not getattr(request.user, "is_authenticated", False):
        raise Unauthorized("Sign in, or send a secret key.")
    else:
        roles = {tenant.id: role for tenant, role in memberships(request.user)}
        ids = list(roles)
    with operator_scope():
        return list(Tenant.objects.filter(id__in=ids)), roles


def _shown(tenant: Tenant, role: str | None) -> Any:
    return serializers.TenantSerializer(tenant, context={"roles": {tenant.id: role}}).data


def _quotas_are_the_operators(request: Request, values: dict[str, Any]) -> None:
    if not request.user.is_superuser and (named := [name for name in serializers.OPERATORS_ONLY if name in values]):
        raise Forbidden(f"{', '.join(named)}: set by the installation's operator.")


def _make(tenant: Tenant, kind: str, name: str = "", scopes: Any = None) -> tuple[ApiKey, str]:
    options: dict[str, Any] = {"name": name} if name else {}
    if kind == KeyKind.WRITE:
        key = ApiKey.objects.create_write(tenant, **options)
        return key, key.token
    if scopes:
        options["scopes"] = tuple(dict.fromkeys(scopes))
    return ApiKey.objects.create_secret(tenant, **options)
