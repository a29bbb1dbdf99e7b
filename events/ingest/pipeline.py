"""The pipeline: a visible list of steps, top to bottom; the first drop ends it with a typed reason.

Authentication and the quota of a minute concern a whole request and come before (events/ingest/__init__.py).
"""

from __future__ import annotations

from typing import Any

from events.ingest import clean, rows, steps
from events.ingest.decode import Envelope
from events.ingest.ids import uuid7s
from events.ingest.job import Job, Quarantined, Row
from events.ingest.outcomes import dropped, line_of_drop
from events.ingest.sender import Sender
from events.ingest.steps import Batch, Draft, Drop, Step

STEPS: tuple[Step, ...] = (
    steps.check_shape,
    steps.check_id,
    steps.check_name,
    steps.check_properties,
    steps.check_time,
    steps.keep_optional,
    steps.sanitise,
    steps.drop_bots,
    steps.spend_quota,
    steps.enrich,
    steps.identify,
    steps.bound_size,
)


def run(draft: Draft, batch: Batch) -> Drop | None:
    for step in STEPS:
        if drop := step(draft, batch):
            return drop
    return None


def prepare(envelope: Envelope, sender: Sender, *, over_month: bool = False) -> Job:
    """The work that a request means for the writer: rows, quarantine, ledger lines, in one job."""
    batch = Batch(
        sender=sender,
        batch_id=_batch_id(envelope.batch_id),
        skew=steps.skew_of(envelope.sent_at, sender.received_at),
        over_month=over_month,
        browser=_browser(sender.user_agent),
    )
    job = Job(sender=sender, batch_id=batch.batch_id, client=client_report(envelope.client))
    tenant_id, created_at = str(sender.tenant.id), sender.received_at.isoformat()
    milliseconds = int(sender.received_at.timestamp() * 1000)
    for index, (parsed, id_) in enumerate(
        zip(envelope.events, uuid7s(len(envelope.events), milliseconds), strict=True)
    ):
        draft = Draft(parsed, index, id_, key=f"#{index}")
        drop = run(draft, batch)
        if drop:
            _refuse(job, draft, drop)
            continue
        line = rows.event_line(draft, tenant_id, created_at, batch.batch_id)
        job.rows.append(Row(draft, line, index))
        job.size += len(line)
    return job


def _refuse(job: Job, draft: Draft, drop: Drop) -> None:
    job.refused.append((draft.index, draft.key, dropped(drop), line_of_drop(drop)))
    if drop.quarantine:
        quarantined = Quarantined(draft.parsed.raw, drop.reason, drop.message)
        job.quarantine.append(quarantined)
        job.size += len(quarantined.raw)


def _batch_id(value: Any) -> str | None:
    if type(value) is int:
        value = str(value)
    return clean.text(value[: steps.MAX_ID]) if type(value) is str and value else None


def _browser(agent: str | None) -> str | None:
    """The request's user agent, if it is a browser's: a server that sends for its users is none of theirs."""
    if agent and agent.startswith("Mozilla/"):
        return clean.text(agent[: steps.MAX_AGENT])
    return None


def client_report(client: Any) -> dict[str, Any] | None:
    """The sender's own counters, bounded: `{"document_id", "tracked", "acked", "dropped": {reason: n}}`."""
    if type(client) is not dict:
        return None
    document = client.get("document_id")
    if type(document) is not str or not document or len(document) > 64 or not clean.is_clean(document):
        return None
    found = client.get("dropped")
    reasons = list(found.items())[:20] if type(found) is dict else []
    return {
        "document_id": document,
        "tracked": _count(client.get("tracked")),
        "acked": _count(client.get("acked")),
        "dropped": {clean.text(reason[:40]): _count(number) for reason, number in reasons},
    }


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else 0
