"""Small makers of what tests need: tenants, keys, senders, events and requests."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

from django.utils.timezone import now

from events.ingest import Envelope, Receipt, Sender, decode_batch, ingest
from tenants.auth import TenantConfig
from tenants.models import ApiKey, Tenant
from tenants.scope import operator_scope

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_numbers = itertools.count(1)


def make_tenant(name: str = "Acme", **fields: Any) -> Tenant:
    with operator_scope():
        return Tenant.objects.create_named(name, **fields)


def make_write_key(tenant: Tenant) -> ApiKey:
    with operator_scope():
        return ApiKey.objects.create_write(tenant)


def make_secret_key(tenant: Tenant, **options: Any) -> str:
    with operator_scope():
        return ApiKey.objects.create_secret(tenant, **options)[1]


def make_sender(tenant: Tenant, *, door: str = "http", received_at: datetime | None = None, **fields: Any) -> Sender:
    values = {"key_id": None, "user_agent": CHROME, "ip": None, **fields}
    return Sender(tenant=TenantConfig.of(tenant), door=door, received_at=received_at or now(), **values)


def make_event(name: Any = "page_view", **fields: Any) -> dict[str, Any]:
    """An event as a client sends it, with an id of its own."""
    return {"event_id": f"e-{next(_numbers)}", "event_name": name, **fields}


def make_envelope(*events: Any, **beside: Any) -> Envelope:
    return decode_batch(json.dumps({"events": list(events), **beside}).encode())


def send(tenant: Tenant, *events: Any, door: str = "http", sender: Sender | None = None, **beside: Any) -> Receipt:
    """Events through the real pipeline and writer; the receipt after COMMIT."""
    sender = sender or make_sender(tenant, door=door)
    return ingest(make_envelope(*events, **beside), sender).result(timeout=20)


def at(text: str) -> datetime:
    """An instant in UTC: at("2026-11-23 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
