"""Demo traffic through the real pipeline: decode, steps, writer, ledger; only the door is its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db.models import Max, Min

from events.demo import traffic
from events.demo.traffic import Plan, Request
from events.ingest import Receipt, Sender, decode_batch, ingest
from events.models import IngestOutcome
from obc_analytics.errors import Overloaded
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

DOOR = "demo"
UNDER_WAY = 64  # requests that wait for their commit; the queue's own bound lies beyond
PATIENCE = 60.0  # seconds for one request, retries included


class NotLoaded(Exception):
    """The database did not take the demo's events; run it again, what is stored is not stored twice."""


@dataclass(slots=True)
class Tally:
    """Events by outcome, in the ledger's words."""

    ok: int = 0
    duplicate: int = 0
    refused: int = 0  # dropped or quarantined

    @property
    def received(self) -> int:
        return self.ok + self.duplicate + self.refused

    def add(self, receipt: Receipt) -> None:
        self.ok += receipt.accepted
        self.duplicate += receipt.duplicates
        self.refused += receipt.rejected


def loaded_days(tenant: TenantConfig) -> tuple[date, date] | None:
    """First and last day (UTC) of the demo in the tenant's ledger; None when it was never loaded."""
    with tenant_scope(tenant.id):
        lines = IngestOutcome.objects.filter(tenant_id=tenant.id, door=DOOR)
        found = lines.aggregate(first=Min("minute"), last=Max("minute"))
    if found["first"] is None:
        return None
    return found["first"].astimezone(UTC).date(), found["last"].astimezone(UTC).date()


def load(
    tenant: TenantConfig,
    plan: Plan,
    until: datetime,
    from_day: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Tally:
    """Send the plan's days from `from_day` on. `progress(day, events sent)` after each. Raises NotLoaded."""
    tenant = replace(tenant, events_per_minute=None, events_per_month=None)  # the operator asked for it
    tally, sent = Tally(), 0
    waiting: deque[tuple[Request, Future[Receipt]]] = deque()
    for day, requests in traffic.stream(plan, until, from_day):
        for request in requests:
            waiting.append((request, send(tenant, request)))
            sent += request.events
            if len(waiting) > UNDER_WAY:
                _settle(tenant, tally, *waiting.popleft())
        if progress:
            progress(day, sent)
    while waiting:
        _settle(tenant, tally, *waiting.popleft())
    return tally


def send(tenant: TenantConfig, request: Request) -> Future[Receipt]:
    """Received when it says it was sent, so that the ledger, too, has its days."""
    received = datetime.fromtimestamp(request.sent_at / 1000, UTC) + timedelta(milliseconds=120)
    sender = Sender(tenant=tenant, key_id=None, door=DOOR, user_agent=None, ip=None, received_at=received)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ingest(decode_batch(request.body), sender)
        except Overloaded as error:  # another writer's queue is full; nothing was received
            if time.monotonic() > deadline:
                raise NotLoaded(str(error)) from error
            time.sleep(0.05)


def _settle(tenant: TenantConfig, tally: Tally, request: Request, future: Future[Receipt]) -> None:
    """Wait for the commit; what the database could not take is sent again."""
    deadline = time.monotonic() + PATIENCE
    while (receipt := future.result(timeout=PATIENCE)).retries:
        if time.monotonic() > deadline:
            raise NotLoaded("The database takes no events; look into its log.")
        time.sleep(0.5)
        future = send(tenant, request)
    tally.add(receipt)
