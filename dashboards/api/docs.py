"""What OpenAPI says of the dashboards' doors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from dashboards.api import serializers
from dashboards.insights.view import CHARTS
from events.api.docs import TENANT, text
from obc_analytics.openapi import failures

TAGS = ["Saved insights"]
INSIGHT_ID = OpenApiParameter("insight_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
NEW = OpenApiExample(
    "insight",
    value={
        "name": "Signups a week",
        "sharing": "shared",
        "question": {"kind": "trends", "interval": "week", "series": [{"event": "signup", "measure": "uniques"}]},
        "view": {"chart": "bar", "range": "90d"},
    },
    request_only=True,
)


def operation(name: str, summary: str, answer: dict[int, Any], *parameters: Any, **options: Any) -> Any:
    return extend_schema(
        tags=TAGS,
        operation_id=name,
        summary=summary,
        parameters=[TENANT, *parameters],
        responses={**answer, **failures(400, 401, 403, 404, 409, 429)},
        **{"request": None, **options},
    )


ONE = {200: serializers.SavedInsightSerializer}
MADE = {201: serializers.SavedInsightSerializer}
INSIGHTS: dict[str, Any] = {
    "list": operation(
        "list_insights",
        "Saved insights that the asker may see, the last changed first",
        {200: serializers.SavedInsightListSerializer},
        text("search", "Words of the name or the description"),
        text("kind", enum=tuple(CHARTS)),
        text("owner", "`me`, or a person's id"),
        text("sharing", enum=("private", "shared")),
        text("trash", "1: those in the trash", enum=("0", "1")),
        OpenApiParameter("limit", OpenApiTypes.INT, description="At most 200; default 50"),
        OpenApiParameter("offset", OpenApiTypes.INT),
    ),
    "create": operation(
        "create_insight",
        "Save a question (analysts)",
        MADE,
        request=serializers.SavedInsightSerializer,
        examples=[NEW],
    ),
    "retrieve": operation("get_insight", "One saved insight", ONE, INSIGHT_ID),
    "partial_update": operation(
        "change_insight",
        "Change a saved insight",
        ONE,
        INSIGHT_ID,
        request=serializers.SavedInsightSerializer,
        examples=[OpenApiExample("rename", value={"name": "Signups", "version": 3}, request_only=True)],
    ),
    "destroy": operation("delete_insight", "Delete one that is in the trash, for good", {204: None}, INSIGHT_ID),
    "duplicate": operation("duplicate_insight", "A private copy of the asker's own", MADE, INSIGHT_ID),
    "trash": operation("trash_insight", "Into the trash", ONE, INSIGHT_ID),
    "restore": operation("restore_insight", "Out of the trash", ONE, INSIGHT_ID),
}
