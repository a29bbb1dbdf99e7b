"""The unit of work between a door and the writer: what one request means for the database."""

from __future__ import annotations

import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from events.ingest.outcomes import Line, Receipt, Verdict
from events.ingest.sender import Sender
from events.ingest.steps import Draft


@dataclass(slots=True)
class Row:
    draft: Draft
    line: str  # COPY's text, all but seq and processed_at
    index: int
    verdict: Verdict | None = None
    ledger: Line | None = None

    @property
    def event_id(self) -> str:
        return self.draft.event_id


@dataclass(slots=True)
class Quarantined:
    raw: bytes
    reason: str
    message: str


@dataclass(slots=True)
class Job:
    """All of it is committed in one transaction, or none of it."""

    sender: Sender
    batch_id: str | None
    client: dict[str, Any] | None = None
    rows: list[Row] = field(default_factory=list)
    refused: list[tuple[int, str, Verdict, Line]] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    size: int = 0  # bytes held in memory, for the queue's bound
    future: Future[Receipt] = field(default_factory=Future)

    @property
    def tenant_id(self) -> uuid.UUID:
        return self.sender.tenant.id

    @property
    def weight(self) -> int:
        """Events in it; never 0, so that the queue's bound holds for empty requests too."""
        return len(self.rows) + len(self.refused) or 1

    def receipt(self) -> Receipt:
        """The answer once every row has its verdict, in the order of the request."""
        receipt = Receipt(self.batch_id)
        verdicts = [(row.index, row.draft.key, row.verdict) for row in self.rows]
        verdicts += [(index, key, verdict) for index, key, verdict, _ in self.refused]
        for _, key, verdict in sorted(verdicts, key=lambda entry: entry[0]):
            assert verdict is not None
            receipt.add(key, verdict)
        receipt.stored = [row.draft for row in self.rows if row.verdict and row.verdict.seq is not None]
        return receipt

    def retry(self) -> Receipt:
        """The answer when nothing of it was stored."""
        receipt = Receipt(self.batch_id)
        entries = [(row.index, row.draft.key) for row in self.rows]
        entries += [(index, key) for index, key, _, _ in self.refused]
        for _, key in sorted(entries):
            receipt.add(key, Verdict("retry", message="Not stored; send it again."))
        return receipt
