"""What OpenAPI says of `/api/v1/tenants/`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from obc_analytics.openapi import failures
from tenants.api import serializers

TAGS = ["Tenants"]
TENANT_ID = OpenApiParameter("tenant_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
USER_ID = OpenApiParameter("user_id", OpenApiTypes.INT, OpenApiParameter.PATH)
KEY_ID = OpenApiParameter("key_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
SEEN = failures(401, 403, 404, 429)
CHANGED = failures(400, 401, 403, 404, 429)
NEW_KEY = {
    "id": "5d0c3b9e-0c57-4a86-8f0c-5d3a1f4e2b6a", "kind": "secret", "name": "Nightly export",
    "prefix": "obc_sk_x3Rt0", "key": "obc_sk_…", "scopes": ["read"], "created_at": "2026-11-23T10:00:00Z",
    "last_used_at": None, "revoked_at": None,
}  # fmt: skip


def operation(name: str, summary: str, answer: Any, *parameters: Any, **options: Any) -> Any:
    """One operation: its answer by status, and the failures that go with it."""
    failing = CHANGED if "request" in options else SEEN
    return extend_schema(
        tags=TAGS,
        operation_id=name,
        summary=summary,
        parameters=list(parameters),
        responses={**answer, **failing},
        **{"request": None, **options},
    )


TENANTS: dict[str, Any] = {
    "list": operation("list_tenants", "The asker's tenants", {200: serializers.TenantListSerializer}),
    "create": operation(
        "create_tenant",
        "Make a tenant (operators)",
        {201: serializers.TenantSerializer},
        request=serializers.TenantSerializer,
        examples=[OpenApiExample("tenant", value={"name": "Acme", "timezone": "Europe/Berlin"}, request_only=True)],
    ),
    "retrieve": operation("get_tenant", "One tenant", {200: serializers.TenantSerializer}, TENANT_ID),
    "partial_update": operation(
        "change_tenant",
        "Change settings",
        {200: serializers.TenantSerializer},
        TENANT_ID,
        request=serializers.TenantSerializer,
        examples=[
            OpenApiExample("origins", value={"allowed_origins": ["https://app.example"]}, request_only=True),
        ],
    ),
}
MEMBERS: dict[str, Any] = {
    "list": operation("list_members", "People of a tenant", {200: serializers.MemberListSerializer}, TENANT_ID),
    "create": operation(
        "add_member",
        "Add an existing account (operators; owners invite by a link)",
        {201: serializers.MemberSerializer},
        TENANT_ID,
        request=serializers.NewMemberSerializer,
        examples=[OpenApiExample("member", value={"user": "ada@example.org", "role": "analyst"}, request_only=True)],
    ),
    "partial_update": operation(
        "change_role",
        "Change a role",
        {200: serializers.MemberSerializer},
        TENANT_ID,
        USER_ID,
        request=serializers.RoleSerializer,
    ),
    "destroy": operation("remove_member", "Remove a person; the last owner stays", {204: None}, TENANT_ID, USER_ID),
}
KEYS: dict[str, Any] = {
    "list": operation("list_keys", "Keys, without the secrets", {200: serializers.KeyListSerializer}, TENANT_ID),
    "create": operation(
        "create_key",
        "Make a key; a secret key is shown this once",
        {
            201: OpenApiResponse(
                serializers.KeySerializer, examples=[OpenApiExample("secret", value=NEW_KEY, response_only=True)]
            )
        },
        TENANT_ID,
        request=serializers.NewKeySerializer,
        examples=[
            OpenApiExample(
                "secret key", value={"kind": "secret", "name": "Nightly export", "scopes": ["read"]}, request_only=True
            )
        ],
    ),
    "destroy": operation("revoke_key", "Take a key out of use", {204: None}, TENANT_ID, KEY_ID),
}
