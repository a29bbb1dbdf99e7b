"""One event with everything that was kept of it: its columns, its times, and where the ledger counts it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from events.ingest.steps import ORIGINAL_TIME
from events.models import NO_KEY, IngestOutcome, Outcome
from events.query.visits import id_of
from tenants.models import ApiKey
from tenants.scope import tenant_scope

# label, field, the built-in by which the explorer finds others of the same value
WHO = (
    ("Actor", "distinct_id", "$distinct_id"),
    ("User", "user_id", "$user_id"),
    ("Device", "device_id", "$device_id"),
    ("Session", "session_id", "$session_id"),
    ("Correlation", "correlation_id", "$correlation_id"),
    ("Batch", "batch_id", "$batch_id"),
)
WHERE = (("Page", "page_url"), ("Referrer", "referrer"), ("User agent", "user_agent"))
LINES = 20  # of the ledger's minute that are shown


@dataclass(frozen=True, slots=True)
class Fact:
    """`find` is the filter `f=` that finds events of the same value; '' where there is none."""

    label: str
    value: str
    find: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One way by which stored events came in during the minute of receipt."""

    door: str
    key: str
    remark: str
    count: int


@dataclass(frozen=True, slots=True)
class OneEvent:
    row: Mapping[str, Any]
    who: list[Fact]
    where: list[Fact]
    properties: list[tuple[str, str]]
    original_time: str | None
    lag_seconds: float
    ledger: list[LedgerLine]
    session: str  # the id by which its session is found

    @property
    def whole(self) -> str:
        """The row as JSON, to read and to copy."""
        shown = {name: value for name, value in self.row.items() if name != "tenant_id"}
        return json.dumps(shown, indent=2, ensure_ascii=False, default=_plain)


def one_event(tenant_id: uuid.UUID, row: Mapping[str, Any]) -> OneEvent:
    original = row["properties"].get(ORIGINAL_TIME)
    return OneEvent(
        row=row,
        who=[Fact(label, str(row[name]), f"{find}~is~{row[name]}") for label, name, find in WHO if row[name]],
        where=[Fact(label, row[name]) for label, name in WHERE if row[name]],
        properties=[(name, _text(value)) for name, value in sorted(row["properties"].items())],
        original_time=None if original is None else str(original),
        lag_seconds=(row["created_at"] - row["timestamp"]).total_seconds(),
        ledger=ledger_lines(tenant_id, row["created_at"]),
        session=id_of(row["distinct_id"], row["session_id"], row["timestamp"]),
    )


def ledger_lines(tenant_id: uuid.UUID, received: datetime) -> list[LedgerLine]:
    """The ledger counts by minute, door and key, so one line means: this is how the event came in."""
    minute = received.replace(second=0, microsecond=0)
    with tenant_scope(tenant_id):
        lines = IngestOutcome.objects.filter(
            tenant_id=tenant_id, minute__gte=minute, minute__lt=minute + timedelta(minutes=1), outcome=Outcome.OK
        ).order_by("-count")[:LINES]
        found = list(lines.values_list("door", "key_id", "reason", "count"))
        keys = dict(ApiKey.objects.filter(tenant_id=tenant_id).values_list("id", "name"))
    return [
        LedgerLine(door, "no key" if key == NO_KEY else keys.get(key, "a deleted key"), reason, count)
        for door, key, reason, count in found
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
