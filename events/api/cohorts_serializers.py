"""Shapes of cohorts, and the checks of what changes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from events.cohorts import patterns
from events.cohorts.types import parse_definition, to_plain
from events.models import Cohort
from events.query.types import Actors, parse_question
from obc_analytics.errors import BadRequest
from tenants.api.serializers import StrictSerializer
from tenants.models import check_timezone


class CohortSerializer(StrictSerializer, serializers.ModelSerializer):
    """`version` in a change names the one that was seen: 409 when somebody saved since."""

    definition = serializers.JSONField(required=False, help_text="Conditions over a person; null: a static cohort")
    origin = serializers.JSONField(read_only=True, help_text="What a static cohort's members were found by")
    created_by_id = serializers.IntegerField(read_only=True, allow_null=True, help_text="Null: made with a key")
    version = serializers.IntegerField(min_value=1, required=False)

    class Meta:
        model = Cohort
        fields = [
            "id", "name", "description", "static", "definition", "origin", "member_count", "created_by_id", "version",
            "created_at", "updated_at", "trashed_at",
        ]  # fmt: skip
        read_only_fields = ["static", "member_count", "created_at", "updated_at", "trashed_at"]

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        people = serializers.JSONField(source="people", write_only=True, required=False)
        people.help_text = "An actors query: a static cohort of those people"
        return {**super().get_fields(), "from": people}

    def validate_definition(self, value: Any) -> dict[str, Any]:
        definition = parse_definition(value, "$.definition")
        patterns.check(definition, "$.definition")
        return to_plain(definition)

    def validate_from(self, value: Any) -> Actors:
        try:
            question = parse_question(value)
        except BadRequest as error:
            path = "$.from" + str(error.details.get("path", "$")).removeprefix("$")
            raise BadRequest(f"from: {error.message}", path=path) from None
        if not isinstance(question, Actors):
            raise BadRequest("from: give a query of the kind actors", path="$.from.kind")
        return question


class CohortListSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    results = CohortSerializer(many=True)


class CopySerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    static = serializers.BooleanField(default=True, help_text="The members of this moment; false: the definition")
    timezone = serializers.CharField(max_length=64, required=False, validators=[check_timezone])


class DraftSerializer(StrictSerializer):
    definition = serializers.JSONField()
    timezone = serializers.CharField(max_length=64, required=False, validators=[check_timezone])
