"""What is kept of a tenant, and for how long, as it holds today."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from events.lifecycle.expiry import REPORTS_KEPT
from events.models import ClientReport, Event, QuarantinedEvent, Segment, Watermark
from tenants.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of thing: how many there are, since when, and when it leaves."""

    what: str
    count: int
    since: datetime | None
    leaves: str


def kept(tenant_id: uuid.UUID) -> list[Kept]:
    with tenant_scope(tenant_id):
        return [_events(tenant_id), _quarantined(tenant_id), _reports(tenant_id)]


def _events(tenant_id: uuid.UUID) -> Kept:
    """Counted from the manifest and the tail: counting the table would read all of it."""
    events = Event.objects.filter(tenant_id=tenant_id)
    watermark = Watermark.objects.filter(tenant_id=tenant_id).values_list("seq", flat=True).first() or 0
    files = Segment.objects.filter(tenant_id=tenant_id, replaced_at=None).aggregate(rows=Sum("rows"))["rows"] or 0
    oldest = events.order_by("timestamp").values_list("timestamp", flat=True).first()
    return Kept("Events, with all that came with them", files + events.filter(seq__gt=watermark).count(), oldest,
                "Never: nothing removes them.")  # fmt: skip


def _quarantined(tenant_id: uuid.UUID) -> Kept:
    rows = QuarantinedEvent.objects.filter(tenant_id=tenant_id)
    oldest = rows.order_by("received_at").values_list("received_at", flat=True).first()
    return Kept(
        "Quarantined events, raw", rows.count(), oldest, f"{settings.INGEST['QUARANTINE_DAYS']} days after receipt."
    )


def _reports(tenant_id: uuid.UUID) -> Kept:
    rows = ClientReport.objects.filter(tenant_id=tenant_id)
    oldest = rows.order_by("last_seen").values_list("last_seen", flat=True).first()
    return Kept("Senders' own counters", rows.count(), oldest, f"{REPORTS_KEPT.days} days after the last word.")
