"""The quarantine as a page shows it: rows with their reason, and what came of a replay."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from dashboards.delivery import REASONS
from events.models import QuarantinedEvent
from tenants.scope import tenant_scope

LIMIT = 50
SHOWN = 20_000  # characters of the raw event on the page
STATES = {"waiting": "Waiting", "replayed": "Replayed", "all": "All"}


@dataclass(frozen=True, slots=True)
class Quarantined:
    id: uuid.UUID
    received_at: Any
    expires_at: Any
    door: str
    reason: str
    meaning: str
    message: str
    raw_size: int
    complete: bool
    replayed_at: Any
    replay_result: str
    raw: str


@dataclass(frozen=True, slots=True)
class Listing:
    """`after` begins the next page; None on the last. `reasons`: (reason, meaning, how many wait)."""

    rows: list[Quarantined]
    after: str | None
    reasons: list[tuple[str, str, int]]
    waiting: int


def listing(tenant_id: uuid.UUID, state: str, reason: str, after: str) -> Listing:
    """Newest first. `after` is the id of the last row of the page before; one that is gone begins anew."""
    with tenant_scope(tenant_id):
        mine = QuarantinedEvent.objects.filter(tenant_id=tenant_id)
        counts = list(
            mine.filter(replayed_at=None).values_list("reason").annotate(number=Count("id")).order_by("-number")
        )
        rows = mine.filter(**({"reason": reason} if reason else {}))
        if state != "all":
            rows = rows.filter(replayed_at__isnull=state == "waiting")
        rows = rows.filter(_behind(mine, after)).order_by("-received_at", "-id")
        found = list(rows[: LIMIT + 1])
    return Listing(
        rows=[_shown(row) for row in found[:LIMIT]],
        after=str(found[LIMIT - 1].id) if len(found) > LIMIT else None,
        reasons=[(name, REASONS.get(name, ""), count) for name, count in counts],
        waiting=sum(count for _, count in counts),
    )


def _behind(rows: Any, after: str) -> Q:
    try:
        last = rows.filter(id=uuid.UUID(after)).values_list("received_at", "id").first() if after else None
    except ValueError:
        last = None
    return Q() if last is None else Q(received_at__lt=last[0]) | Q(received_at=last[0], id__lt=last[1])


def _shown(row: QuarantinedEvent) -> Quarantined:
    return Quarantined(
        row.id, row.received_at, row.expires_at, row.door, row.reason, REASONS.get(row.reason, ""), row.message,
        row.raw_size, row.complete, row.replayed_at, row.replay_result, readable(bytes(row.raw)),
    )  # fmt: skip


def readable(raw: bytes) -> str:
    """JSON indented, anything else as it came; bytes that are no UTF-8 become U+FFFD."""
    text = raw.decode("utf-8", "replace")
    try:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        pass
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"


def waiting_ids(tenant_id: uuid.UUID, reason: str, most: int) -> list[uuid.UUID]:
    """The oldest that wait, of one reason or all."""
    with tenant_scope(tenant_id):
        rows = QuarantinedEvent.objects.filter(tenant_id=tenant_id, replayed_at=None)
        rows = rows.filter(reason=reason) if reason else rows
        return list(rows.order_by("received_at").values_list("id", flat=True)[:most])


def delete(tenant_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """How many of these rows of the tenant are gone now. The ledger keeps their count."""
    with tenant_scope(tenant_id):
        return QuarantinedEvent.objects.filter(tenant_id=tenant_id, id__in=ids).delete()[0]
