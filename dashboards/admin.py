"""The admin's pages of what people saved: to look at. They are changed on their own pages, where roles are checked."""

from __future__ import annotations

from django.contrib import admin

from dashboards.models import SavedInsight
from events.inspection import show
from events.inspection.base import InspectionAdmin
from events.inspection.filters import ExactFilter, TenantFilter, day_of


@admin.register(SavedInsight)
class SavedInsightAdmin(InspectionAdmin):
    list_display = ("name", "kind", "sharing", "owner_id", "updated_at", "trashed_at", "tenant")
    list_filter = (
        TenantFilter,
        day_of("updated_at"),
        type("SharingFilter", (ExactFilter,), {"title": "sharing", "parameter_name": "sharing", "field": "sharing"}),
    )
    fields = (
        "name", "description", "question_shown", "view_shown", "sharing", "owner_id", "version", "created_at",
        "updated_at", "trashed_at", "last_duration_ms", "tenant", "id",
    )  # fmt: skip
    readonly_fields = ("question_shown", "view_shown", "owner_id")
    order = ("updated_at", "id")

    @admin.display(description="question")
    def question_shown(self, insight: SavedInsight) -> str:
        return show.json_block(insight.question)

    @admin.display(description="view")
    def view_shown(self, insight: SavedInsight) -> str:
        return show.json_block(insight.view)
