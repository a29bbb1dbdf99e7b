"""Expiry: rows that are kept for a time only leave in batches, so that no statement holds locks for long."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.timezone import now

from events.models import ClientReport, QuarantinedEvent, TenantRow
from tenants.models import Tenant
from tenants.scope import operator_scope

BATCH = 1_000
REPORTS_KEPT = timedelta(days=90)


def expire_quarantine() -> int:
    """Delete quarantined events past their time; how many."""
    deleted = 0
    while True:
        with operator_scope():
            expired = QuarantinedEvent.objects.filter(expires_at__lt=now()).order_by("expires_at")
            count = _delete(QuarantinedEvent, expired.values_list("tenant_id", "id")[:BATCH])
        deleted += count
        if count < BATCH:
            return deleted


def expire_reports() -> int:
    """Delete counters of senders that nobody heard of for REPORTS_KEPT; how many."""
    with operator_scope():
        tenants = list(Tenant.objects.values_list("id", flat=True))
    return sum(_expire_reports_of(tenant_id) for tenant_id in tenants)


def _expire_reports_of(tenant_id: uuid.UUID) -> int:
    deleted = 0
    while True:
        with operator_scope():
            old = ClientReport.objects.filter(tenant_id=tenant_id, last_seen__lt=now() - REPORTS_KEPT)
            count = _delete(ClientReport, old.order_by("last_seen").values_list("tenant_id", "id")[:BATCH])
        deleted += count
        if count < BATCH:
            return deleted


def _delete(model: type[TenantRow], keys: QuerySet | Iterable[tuple[uuid.UUID, object]]) -> int:
    """Delete rows by their physical keys (tenant, id); how many."""
    by_tenant = defaultdict(list)
    for tenant_id, id_ in keys:
        by_tenant[tenant_id].append(id_)
    return sum(
        model._default_manager.filter(tenant_id=tenant_id, pk__in=ids).delete()[0]
        for tenant_id, ids in by_tenant.items()
    )
