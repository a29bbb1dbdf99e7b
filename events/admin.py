"""The admin's pages of facts: to look at, never to change. Superusers see all tenants, staff their own.

Staff need `is_staff`, a membership and the view permissions of the group "Tenant staff" (tenants/staff.py);
to replay they also need `events.change_quarantinedevent`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.timezone import now

from events.ingest import replay
from events.inspection import show
from events.inspection.base import InspectionAdmin
from events.inspection.changelist import KeysetChangeList, Search
from events.inspection.filters import ExactFilter, NameFilter, TenantFilter, UserFilter, day_of
from events.models import NO_KEY, ClientReport, Event, IngestOutcome, Outcome, QuarantinedEvent

TOTALS_DAYS = 30  # of the ledger, when no day is chosen


@admin.register(Event)
class EventAdmin(InspectionAdmin):
    list_display = ("event_name", "who", "timestamp", "created_at", "event_category", "page", "tenant")
    list_filter = (TenantFilter, day_of("timestamp"), NameFilter, UserFilter)
    search_fields = ("event_id",)  # shows the box; `search` decides
    search_help_text = "An event's id, a user, a session, a correlation or batch id: exactly."
    fields = (
        "event_name", "event_category", "timestamp", "tenant", "distinct_id", "user_id", "device_id", "session_id",
        "page_url", "referrer", "properties_shown", "device_shown", "user_agent", "event_id", "correlation_id",
        "batch_id", "created_at", "processed_at", "seq", "id",
    )  # fmt: skip
    readonly_fields = ("properties_shown", "device_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows = super().get_queryset(request)
        listing = request.resolver_match is not None and (request.resolver_match.url_name or "").endswith("changelist")
        return rows.defer("properties", "device_info", "user_agent", "referrer") if listing else rows

    def order_of(self, changelist: KeysetChangeList) -> tuple[str, ...]:
        """By receipt, which the id (UUID version 7) begins with; by time where that is the index to use."""
        by_time = changelist.active("day") or changelist.active("user")
        by_actor = changelist.search is not None and changelist.search.field == "distinct_id"
        return ("timestamp", "id") if by_time or by_actor else ("id",)

    def time_of(self, key: tuple[Any, ...]) -> datetime:
        return received_of(key[0]) if isinstance(key[0], uuid.UUID) else key[0]

    def search(self, tenant_ids: list[Any], term: str) -> Search | None:
        term = term.replace("\x00", "").strip()
        mine = Event.objects.filter(tenant_id__in=tenant_ids)
        indexed = {"event_id": Q(event_id=term), "distinct_id": Q(distinct_id=term)}
        unindexed = Q(session_id=term) | Q(correlation_id=term) | Q(batch_id=term) | Q(device_id=term)
        if (id_ := _uuid(term)) is not None:
            indexed["id"] = Q(id=id_)
            unindexed |= Q(user_id=id_)
        for field, condition in indexed.items():
            if mine.filter(condition).exists():
                return Search(field, condition, indexed=True)
        return Search("", unindexed, indexed=False)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        about = f"about {estimate(Event):,} in all" if request.user.is_superuser else ""  # type: ignore[union-attr]
        return super().changelist_view(request, {**(extra_context or {}), "about": about})

    @admin.display(description="user or device")
    def who(self, event: Event) -> str:
        return event.distinct_id[:60]

    @admin.display(description="page")
    def page(self, event: Event) -> str:
        return (event.page_url or "")[:80]

    @admin.display(description="properties")
    def properties_shown(self, event: Event) -> str:
        return show.json_block(event.properties)

    @admin.display(description="device info")
    def device_shown(self, event: Event) -> str:
        return show.json_block(event.device_info)


@admin.register(IngestOutcome)
class IngestOutcomeAdmin(InspectionAdmin):
    """The ledger, and its sums above it: received = stored + duplicates + dropped + quarantined."""

    change_list_template = "admin/inspection/ledger.html"
    list_display = ("minute", "door", "outcome", "reason", "count", "key", "tenant")
    list_display_links = None
    list_filter = (
        TenantFilter,
        day_of("minute"),
        type("DoorFilter", (ExactFilter,), {"title": "door", "parameter_name": "door", "field": "door"}),
        type("OutcomeFilter", (ExactFilter,), {"title": "outcome", "parameter_name": "outcome", "field": "outcome"}),
        type("ReasonFilter", (ExactFilter,), {"title": "reason", "parameter_name": "reason", "field": "reason"}),
    )
    order = ("minute", "id")

    @admin.display(description="key")
    def key(self, line: IngestOutcome) -> str:
        return "" if line.key_id == NO_KEY else str(line.key_id)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response: Any = super().changelist_view(request, extra_context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            response.context_data["totals"] = totals(changelist)
        return response


def totals(changelist: KeysetChangeList) -> dict[str, Any]:
    """Sums by outcome over what the list shows, of all its pages: the day chosen, or TOTALS_DAYS."""
    lines = changelist.queryset.order_by()
    period = "that day"
    if not changelist.active("day"):
        lines, period = lines.filter(minute__gte=now() - timedelta(days=TOTALS_DAYS)), f"{TOTALS_DAYS} days"
    sums = dict(lines.values_list("outcome").annotate(Sum("count")))
    by_outcome = [(outcome.label, sums.get(outcome.value, 0)) for outcome in Outcome]
    return {"period": period, "received": sum(sums.values()), "by_outcome": by_outcome}


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(InspectionAdmin):
    list_display = ("received_at", "reason", "message", "door", "raw_size", "replayed_at", "replay_result", "tenant")
    list_filter = (
        TenantFilter,
        day_of("received_at"),
        type("ReasonFilter", (ExactFilter,), {"title": "reason", "parameter_name": "reason", "field": "reason"}),
    )
    fields = (
        "reason", "message", "raw_shown", "raw_size", "received_at", "expires_at", "door", "key_id", "tenant",
        "replayed_at", "replay_result", "id",
    )  # fmt: skip
    readonly_fields = ("raw_shown",)
    order = ("received_at", "id")
    actions = ("replay_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedEvent]:
        rows = super().get_queryset(request)
        listing = request.resolver_match is not None and (request.resolver_match.url_name or "").endswith("changelist")
        return rows.defer("raw") if listing else rows  # a page of them could be 12 MB

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.change_quarantinedevent")  # forms stay read-only all the same

    @admin.action(description="Replay: send the selected events in again", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[QuarantinedEvent]) -> None:
        chosen = list(queryset.values_list("tenant_id", "id"))
        results = [
            result
            for tenant_id in sorted({tenant_id for tenant_id, _ in chosen})
            for result in replay.replay(tenant_id, [id_ for owner, id_ in chosen if owner == tenant_id])
        ]
        self.message_user(request, replay.summary(results, asked=len(chosen)), _level(results))

    @admin.display(description="as it came")
    def raw_shown(self, row: QuarantinedEvent) -> str:
        return show.raw_block(row.raw)


def _level(results: Sequence[replay.Replayed]) -> int:
    return messages.SUCCESS if results and all(result.stored for result in results) else messages.WARNING


@admin.register(ClientReport)
class ClientReportAdmin(InspectionAdmin):
    """What senders say of themselves, beside the ledger."""

    list_display = ("last_seen", "document_id", "tracked", "acked", "lost", "first_seen", "tenant")
    list_filter = (TenantFilter, day_of("last_seen"))
    fields = ("document_id", "tracked", "acked", "dropped_shown", "first_seen", "last_seen", "tenant")
    readonly_fields = ("dropped_shown",)
    order = ("last_seen", "id")

    @admin.display(description="dropped by the sender")
    def lost(self, report: ClientReport) -> int:
        return sum(count for count in report.dropped.values() if isinstance(count, int))

    @admin.display(description="dropped, by reason")
    def dropped_shown(self, report: ClientReport) -> str:
        return show.json_block(report.dropped)


def estimate(model: type[Any]) -> int:
    """Rows of the table as PostgreSQL last counted them: a glance at the catalogue, not at the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        found = cursor.fetchone()
    return max(0, found[0]) if found else 0


def received_of(id_: uuid.UUID) -> datetime:
    """The time in a UUID of version 7: its first 48 bits are milliseconds (RFC 9562)."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
