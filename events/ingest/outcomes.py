"""What became of each event of a request, and the answer that says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.timezone import now

from events.ingest.steps import Draft, Drop
from events.models import Outcome

RETRY_AFTER = 2  # seconds until a `retry` is worth sending again
SINGLE_STATUS = {"ok": 201, "warning": 201, "duplicate": 200, "drop": 422, "retry": 503}

Line = tuple[str, str]  # outcome and reason of a ledger line


@dataclass(slots=True)
class Verdict:
    """`result` is ok, warning, duplicate, drop or retry."""

    result: str
    seq: int | None = None
    reason: str | None = None
    message: str | None = None

    def as_dict(self) -> dict[str, Any]:
        pairs = (
            ("result", self.result),
            ("seq", self.seq),
            ("reason", self.reason),
            ("message", self.message),
        )
        return {name: value for name, value in pairs if value is not None}


def stored(draft: Draft) -> Verdict:
    if draft.warnings:
        return Verdict("warning", draft.seq, draft.warnings[0])
    return Verdict("ok", draft.seq)


def dropped(drop: Drop) -> Verdict:
    return Verdict("drop", reason=drop.reason, message=drop.message)


def line_of_drop(drop: Drop) -> Line:
    return (Outcome.QUARANTINED if drop.quarantine else Outcome.DROPPED).value, drop.reason


def line_of_stored(draft: Draft) -> Line:
    return Outcome.OK.value, draft.warnings[0] if draft.warnings else ""


DUPLICATE_LINE: Line = (Outcome.DUPLICATE.value, "")


@dataclass(slots=True)
class Receipt:
    """The answer to one request. `results` by event_id, or `#<index>` where there was none."""

    batch_id: str | None
    results: dict[str, Verdict] = field(default_factory=dict)
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    retries: int = 0
    server_time: datetime = field(default_factory=now)
    stored: list[Draft] = field(default_factory=list)

    def add(self, key: str, verdict: Verdict) -> None:
        """Count the verdict; of an id that stands twice in a batch the first one is shown."""
        match verdict.result:
            case "ok" | "warning":
                self.accepted += 1
            case "duplicate":
                self.duplicates += 1
            case "drop":
                self.rejected += 1
            case "retry":
                self.retries += 1
        self.results.setdefault(key, verdict)

    @property
    def retry_after(self) -> int | None:
        return RETRY_AFTER if self.retries else None

    def as_dict(self) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "batch_id": self.batch_id,
            "server_time": self.server_time,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "results": {key: verdict.as_dict() for key, verdict in self.results.items()},
        }
        if self.retries:
            answer["retry"] = self.retries
        return answer

    def single(self) -> tuple[int, dict[str, Any]]:
        """Status and body of `POST /events`."""
        key, verdict = next(iter(self.results.items()))
        body = {"event_id": key, "server_time": self.server_time, **verdict.as_dict()}
        return SINGLE_STATUS[verdict.result], body
