"""Shapes of tenants, members and keys, and the checks of what changes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tenants.models import ApiKey, KeyKind, Membership, Role, Scope, Tenant, check_origins, check_timezone

OPERATORS_ONLY = ("events_per_minute", "events_per_month")


class StrictSerializer(serializers.Serializer):
    """Names that are not known are refused, not skipped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self._writable_names()))):
            allowed = ", ".join(self._writable_names())
            raise serializers.ValidationError({key: [f"not known here; allowed are {allowed}"] for key in unknown})
        return super().to_internal_value(data)

    def _writable_names(self) -> list[str]:
        return [name for name, field in self.fields.items() if not field.read_only]


class TenantSerializer(StrictSerializer, serializers.ModelSerializer):
    timezone = serializers.CharField(max_length=64, required=False, validators=[check_timezone])
    allowed_origins = serializers.ListField(
        child=serializers.CharField(max_length=300),
        required=False,
        max_length=100,
        validators=[check_origins],
        help_text="Origins that browsers may send from; none: any",
    )
    role = serializers.SerializerMethodField(help_text="The asker's; null for a key")

    class Meta:
        model = Tenant
        fields = [
            "id", "slug", "name", "timezone", "allowed_origins", "events_per_minute", "events_per_month",
            "drop_bots", "hot_days", "retain_days", "created_at", "role",
        ]  # fmt: skip
        read_only_fields = ["id", "slug", "created_at"]
        extra_kwargs = {name: {"min_value": 1} for name in (*OPERATORS_ONLY, "hot_days", "retain_days")}

    def get_role(self, tenant: Tenant) -> str | None:
        return self.context.get("roles", {}).get(tenant.id)


class TenantListSerializer(serializers.Serializer):
    results = TenantSerializer(many=True)


class MemberSerializer(serializers.ModelSerializer):
    user_id = serializers.IntegerField(source="user.pk")
    username = serializers.CharField(source="user.get_username")
    email = serializers.EmailField(source="user.email")

    class Meta:
        model = Membership
        fields = ["user_id", "username", "email", "role", "created_at"]


class MemberListSerializer(serializers.Serializer):
    results = MemberSerializer(many=True)


class NewMemberSerializer(StrictSerializer):
    user = serializers.CharField(max_length=254, help_text="User name or e-mail address of an existing account")
    role = serializers.ChoiceField(choices=Role.choices, default=Role.VIEWER)


class RoleSerializer(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices)


class KeySerializer(serializers.ModelSerializer):
    key = serializers.CharField(source="token", help_text="Write keys only: they are public")

    class Meta:
        model = ApiKey
        fields = ["id", "kind", "name", "prefix", "key", "scopes", "created_at", "last_used_at", "revoked_at"]

    def to_representation(self, key: ApiKey) -> dict[str, Any]:
        return {**super().to_representation(key), "key": key.token or None}


class KeyListSerializer(serializers.Serializer):
    results = KeySerializer(many=True)


class NewKeySerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=KeyKind.choices)
    name = serializers.CharField(max_length=100, required=False)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        required=False,
        allow_empty=False,
        help_text="Secret keys only; default: read",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["kind"] == KeyKind.WRITE and "scopes" in values:
            raise serializers.ValidationError({"scopes": ["a write key may only send; it has no scopes"]})
        return values
