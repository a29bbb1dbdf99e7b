"""Shapes of saved insights, and the checks of what changes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dashboards.insights import compact
from dashboards.insights.view import parse_view
from dashboards.models import SavedInsight, Sharing
from obc_analytics.errors import BadRequest
from tenants.api.serializers import StrictSerializer


class SavedInsightSerializer(StrictSerializer, serializers.ModelSerializer):
    """`version` in a change names the one that was seen: 409 when somebody saved since."""

    kind = serializers.CharField(read_only=True)
    owner_id = serializers.IntegerField(read_only=True, allow_null=True, help_text="Null: made with a key")
    sharing = serializers.ChoiceField(choices=Sharing.choices, required=False)
    version = serializers.IntegerField(min_value=1, required=False)
    question = serializers.JSONField(help_text="As POST query takes it; a range belongs into `view`")
    view = serializers.JSONField(
        required=False, help_text="`chart`, `format`, `range`, `value` (of a breakdown: the one drawn)"
    )

    class Meta:
        model = SavedInsight
        fields = [
            "id", "name", "description", "kind", "question", "view", "owner_id", "sharing", "version", "created_at",
            "updated_at", "trashed_at", "last_duration_ms",
        ]  # fmt: skip
        read_only_fields = ["created_at", "updated_at", "trashed_at", "last_duration_ms"]

    def validate_question(self, value: Any) -> dict[str, Any]:
        try:
            return compact.kept(value)
        except BadRequest as error:
            path = "$.question" + str(error.details.get("path", "$")).removeprefix("$")
            raise BadRequest(f"question: {error.message}", path=path) from None

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """A view has to fit the question that will stand beside it."""
        if "view" in values or "question" in values:
            question = values.get("question") or self.instance.question  # type: ignore[union-attr]
            view = values.get("view", self.instance.view if self.instance else {})
            values["view"] = parse_view(view, question["kind"]).plain()
        return values


class SavedInsightListSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    results = SavedInsightSerializer(many=True)
