"""Replay: quarantined events go through the pipeline once more, after a fix.

Each is received anew, with the door `replay`: it is stored, or a duplicate, or quarantined again as a new
row. The old row is kept until it expires and says what came of it. It is marked after the event's COMMIT,
so a crash between leaves it unmarked; a second replay then meets a duplicate, because an event without an id
of its own gets the row's.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass

from django.utils.timezone import now

from events.ingest import ingest
from events.ingest.decode import Envelope, decode_events
from events.ingest.outcomes import Receipt, Verdict
from events.ingest.sender import Sender
from events.models import QuarantinedEvent
from obc_analytics.errors import NotFound, ObcError
from tenants.auth import TenantConfig
from tenants.models import Tenant
from tenants.scope import tenant_scope

MOST = 1_000  # rows of one call
WAIT_SECONDS = 20.0

INCOMPLETE = "incomplete"  # cut when it was kept: there is nothing whole to send
UNREADABLE = "unreadable"
RETRY = "retry"  # not stored now; stays as it is


@dataclass(frozen=True, slots=True)
class Replayed:
    """`result`: ok, duplicate, `warning: <reason>`, `drop: <reason>`; or retry, incomplete, unreadable,
    and then the row is as it was."""

    id: uuid.UUID
    result: str

    @property
    def stored(self) -> bool:
        return self.result in ("ok", "duplicate") or self.result.startswith("warning")

    @property
    def settled(self) -> bool:
        """Whether the pipeline gave its verdict, so that the row is done with."""
        return self.stored or self.result.startswith("drop")


def replay(tenant_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Replayed]:
    """Send these rows of the tenant in again, and mark them. At most MOST.

    Rows that are not the tenant's, were replayed before, or are being replayed by somebody else at this
    moment are left out. Raises NotFound for an unknown tenant.
    """
    with tenant_scope(tenant_id):
        sender = _sender(tenant_id)
        rows = QuarantinedEvent.objects.select_for_update(skip_locked=True).filter(
            tenant_id=tenant_id, id__in=list(ids)[:MOST], replayed_at=None
        )
        sent = [(row, _send(row, sender)) for row in rows.order_by("received_at")]
        results = [Replayed(row.id, _result(verdict)) for row, verdict in sent]
        for result in results:
            if result.settled:
                mine = QuarantinedEvent.objects.filter(tenant_id=tenant_id, id=result.id)
                mine.update(replayed_at=now(), replay_result=result.result[:60])
        return results


def _sender(tenant_id: uuid.UUID) -> Sender:
    tenant = Tenant.objects.filter(id=tenant_id).first()
    if tenant is None:
        raise NotFound("There is no such tenant.")
    # quotas were spent, or not, when the events first came; a person sends them now
    config = dataclasses.replace(TenantConfig.of(tenant), events_per_minute=None, events_per_month=None)
    return Sender(tenant=config, key_id=None, door="replay", user_agent=None, ip=None, received_at=now())


def _send(row: QuarantinedEvent, sender: Sender) -> Future[Receipt] | str:
    """The receipt to come, each row's its own: ids may be missing, or stand twice. Or why it was not sent."""
    if not row.complete:
        return INCOMPLETE
    try:
        return ingest(_envelope(row), sender)
    except ObcError as error:
        return RETRY if error.retry_after is not None else UNREADABLE


def _envelope(row: QuarantinedEvent) -> Envelope:
    envelope = decode_events([bytes(row.raw)])
    event = envelope.events[0].event
    if event is not None:
        event.event_id = event.event_id or str(row.id)
        if event.timestamp is None:
            event.timestamp = row.received_at.isoformat()
    return envelope


def _result(outcome: Future[Receipt] | str) -> str:
    if isinstance(outcome, str):
        return outcome
    try:
        receipt = outcome.result(timeout=WAIT_SECONDS)
    except NotInTime:
        return RETRY
    return _say(next(iter(receipt.results.values())))


def _say(verdict: Verdict) -> str:
    return f"{verdict.result}: {verdict.reason}" if verdict.reason else verdict.result


def summary(results: Iterable[Replayed], *, asked: int) -> str:
    """One line for a person: `3 ok, 1 drop: missing_name, 1 left out (replayed before)`."""
    counts = Counter(result.result for result in results)
    parts = [f"{count} {name}" for name, count in counts.most_common()]
    if left_out := asked - counts.total():
        parts.append(f"{left_out} left out (replayed before, or just now by somebody else)")
    return "Replayed: " + (", ".join(parts) or "nothing") + "."
