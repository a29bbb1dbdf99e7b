"""What stands between a new tenant and its first event."""

from __future__ import annotations

import uuid

from events.models import Event
from tenants.models import ApiKey, KeyKind
from tenants.scope import tenant_scope


def write_key(tenant_id: uuid.UUID) -> ApiKey | None:
    """The oldest write key in use. Write keys are public, so every member may see one."""
    with tenant_scope(tenant_id):
        keys = ApiKey.objects.filter(tenant_id=tenant_id, kind=KeyKind.WRITE, revoked_at=None)
        return keys.order_by("created_at").first()


def newest_event(tenant_id: uuid.UUID) -> Event | None:
    with tenant_scope(tenant_id):
        events = Event.objects.filter(tenant_id=tenant_id).order_by("-seq")
        return events.only("seq", "event_name", "distinct_id", "processed_at").first()
