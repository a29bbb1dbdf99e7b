"""What the background does to every tenant's segments. One tenant's trouble never stops the others."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.utils.timezone import now

from events.models import Event, Watermark
from events.segments.clean import clean, clean_spill
from events.segments.cut import LOOP_ABOVE, cut
from events.segments.manifest import Busy
from events.segments.merge import merge
from events.segments.slices import MAX_ROWS
from events.segments.verify import verify
from tenants.models import Tenant
from tenants.scope import operator_scope, tenant_scope

OLD = timedelta(seconds=60)  # a tail's first row this old is worth a cut, however short the tail

log = logging.getLogger(__name__)


def cut_tails() -> int:
    """Cut every tail that is long or old; the rows moved. Files of a backlog are raw: they are merged at once."""
    backlogs: list[uuid.UUID] = []

    def cut_one(tenant_id: uuid.UUID) -> int:
        moved = cut_when_due(tenant_id)
        if moved > MAX_ROWS:
            backlogs.append(tenant_id)
        return moved

    moved = each_tenant(cut_one, "cut")
    for_tenants(backlogs, merge, "merge")
    return moved


def merge_files() -> int:
    """Merge what is worth it; the files replaced."""
    return each_tenant(merge, "merge")


def clean_files() -> int:
    """Delete replaced files after their grace, orphans, and what killed processes spilled; the number of files."""
    return each_tenant(clean, "clean") + clean_spill()


def verify_files() -> int:
    """Compare all files with their manifests; the number of damaged ones."""
    return each_tenant(count_damaged, "verify")


def cut_when_due(tenant_id: uuid.UUID) -> int:
    return cut(tenant_id) if is_due(tenant_id) else 0


def is_due(tenant_id: uuid.UUID) -> bool:
    """Whether the tail has a row older than OLD, or LOOP_ABOVE rows. Never counts a long tail."""
    with tenant_scope(tenant_id):
        watermark = Watermark.objects.filter(tenant_id=tenant_id).values_list("seq", flat=True).first() or 0
        tail = Event.objects.filter(tenant_id=tenant_id, seq__gt=watermark).order_by("seq")
        received = tail.values_list("created_at", flat=True).first()
        if received is None:
            return False
        return received <= now() - OLD or tail[LOOP_ABOVE - 1 : LOOP_ABOVE].exists()


def count_damaged(tenant_id: uuid.UUID) -> int:
    damaged = [finding for finding in verify(tenant_id) if finding.damage]
    for finding in damaged:
        log.error(
            "A segment is damaged (manage.py segments rebuild): %s",
            finding.damage,
            extra={"tenant_id": str(tenant_id), "path": finding.path},
        )
    return len(damaged)


def each_tenant(work: Callable[[uuid.UUID], int], name: str) -> int:
    """The sum of what `work` returns for each tenant. Who is busy waits for the next time."""
    with operator_scope():
        tenants = list(Tenant.objects.order_by("created_at").values_list("id", flat=True))
    return for_tenants(tenants, work, name)


def for_tenants(tenants: Iterable[uuid.UUID], work: Callable[[uuid.UUID], int], name: str) -> int:
    total = 0
    for tenant_id in tenants:
        try:
            total += work(tenant_id)
        except Busy:
            log.info("Segments are being maintained already", extra={"tenant_id": str(tenant_id), "step": name})
        except Exception:
            log.exception("Segments: %s failed", name, extra={"tenant_id": str(tenant_id)})
    return total
