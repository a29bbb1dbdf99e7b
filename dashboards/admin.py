"""The admin's pages of what people saved: to look at. They are changed on their own pages, where roles are checked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from dashboards.models import Annotation, Board, SavedInsight, ShareLink, Tile
from events.inspection import show
from events.inspection.base import InspectionAdmin
from events.inspection.filters import ExactFilter, TenantFilter, day_of
from events.models import Cohort


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


@admin.register(Board)
class BoardAdmin(InspectionAdmin):
    list_display = ("name", "sharing", "owner_id", "updated_at", "trashed_at", "tenant")
    list_filter = (
        TenantFilter,
        day_of("updated_at"),
        type("SharingFilter", (ExactFilter,), {"title": "sharing", "parameter_name": "sharing", "field": "sharing"}),
    )
    fields = (
        "name", "description", "tiles_shown", "sharing", "owner_id", "starter", "version", "created_at", "updated_at",
        "trashed_at", "tenant", "id",
    )  # fmt: skip
    readonly_fields = ("tiles_shown", "owner_id")
    order = ("updated_at", "id")

    @admin.display(description="tiles")
    def tiles_shown(self, board: Board) -> str:
        return show.json_block([_of_tile(tile) for tile in board.tiles_in_order()])


def _of_tile(tile: Tile) -> dict[str, Any]:
    size = f"{tile.width} × {tile.height}"
    return {"kind": tile.kind, "title": tile.title, "insight": str(tile.insight_id or ""), "size": size}


@admin.register(Cohort)
class CohortAdmin(InspectionAdmin):
    list_display = ("name", "static", "member_count", "version", "created_by_id", "updated_at", "trashed_at", "tenant")
    list_filter = (TenantFilter, day_of("updated_at"))
    fields = (
        "name", "description", "definition_shown", "origin_shown", "static", "member_count", "version", "created_by_id",
        "created_at", "updated_at", "trashed_at", "tenant", "id",
    )  # fmt: skip
    readonly_fields = ("definition_shown", "origin_shown", "created_by_id")
    order = ("updated_at", "id")

    @admin.display(description="definition")
    def definition_shown(self, cohort: Cohort) -> str:
        return show.json_block(cohort.definition)

    @admin.display(description="origin")
    def origin_shown(self, cohort: Cohort) -> str:
        return show.json_block(cohort.origin)


@admin.register(Annotation)
class AnnotationAdmin(InspectionAdmin):
    list_display = ("day", "text", "author_id", "created_at", "tenant")
    list_filter = (TenantFilter,)
    fields = ("day", "text", "author_id", "created_at", "tenant", "id")
    readonly_fields = ("author_id",)
    order = ("day", "id")


@admin.register(ShareLink)
class ShareLinkAdmin(InspectionAdmin):
    """The token itself is kept nowhere."""

    list_display = ("label", "board_id", "created_at", "expires_at", "revoked_at", "last_read_at", "tenant")
    list_filter = (TenantFilter, day_of("created_at"))
    fields = (
        "label", "board_id", "state", "author_id", "created_at", "expires_at", "revoked_at", "last_read_at", "tenant",
        "id",
    )  # fmt: skip
    readonly_fields = ("board_id", "author_id")
    order = ("created_at", "id")
