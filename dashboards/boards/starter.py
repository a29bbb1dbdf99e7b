"""The board that every tenant begins with: useful from the first event on, made once, theirs to change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards.insights import compact
from dashboards.models import Board, SavedInsight, Sharing, TileKind

WELCOME = (
    "What people do in your product, from the events it sends. Click a number in a chart to see the people behind "
    "it. This board is yours: Arrange moves and resizes its tiles, Add puts more on it, each has a menu of its own."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A tile to be: an insight where it has a `name`, else a number or a note in `fields`."""

    width: int
    height: int
    name: str = ""
    question: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def trend(measure: str, event: str = "*", **more: Any) -> dict[str, Any]:
    return {"kind": "trends", "interval": "day", "series": [{"event": event, "measure": measure}], **more}


def number(label: str, measure: str, event: str = "*") -> Plan:
    question = trend(measure, event, compare="previous_period")
    return Plan(3, 2, fields={"kind": TileKind.NUMBER, "title": label, "question": question})


def note(title: str, text: str, width: int = 12, height: int = 1) -> Plan:
    return Plan(width, height, fields={"kind": TileKind.TEXT, "title": title, "text": text})


STARTER = (
    note("", WELCOME),
    number("People", "uniques"),
    number("Sessions", "sessions"),
    number("Page views", "total", "page_view"),
    number("Events per person", "per_user"),
    Plan(8, 4, "Active people", trend("uniques", compare="previous_period"), {"chart": "area", "range": "30d"}),
    Plan(
        4, 4, "Top pages", trend("total", "page_view", breakdown=[{"property": "$path"}]),
        {"chart": "table", "range": "30d"},
    ),
    Plan(6, 4, "Who comes back", {"kind": "retention", "unit": "week", "periods": 8}, {"range": "90d"}),
    Plan(6, 4, "New, returning and lost", {"kind": "lifecycle", "interval": "week"}, {"range": "90d"}),
    Plan(
        6, 4, "Browsers", trend("uniques", breakdown=[{"property": "$browser"}]), {"chart": "bar", "range": "30d"},
    ),
    Plan(6, 4, "Errors", trend("total", "error"), {"chart": "bar", "range": "30d"}),
)  # fmt: skip


def ensure_starter(tenant_id: uuid.UUID) -> None:
    """Make it unless the tenant has, or had, one. Inside the tenant's scope; two at once make one."""
    if Board.objects.of(tenant_id).filter(starter=True).exists():
        return
    board = Board(tenant_id=tenant_id, name="Start here", sharing=Sharing.SHARED, starter=True)
    Board.objects.bulk_create([board], ignore_conflicts=True)
    if Board.objects.of(tenant_id).filter(id=board.id).exists():
        fill(board, STARTER)


def fill(board: Board, plans: Sequence[Plan]) -> None:
    """Put these tiles on the board. An insight of that name and question is used again."""
    for plan in plans:
        fields = {"kind": TileKind.INSIGHT, "insight": _insight(board.tenant_id, plan)} if plan.name else plan.fields
        board.add(width=plan.width, height=plan.height, **fields)


def _insight(tenant_id: uuid.UUID, plan: Plan) -> SavedInsight:
    found, _ = SavedInsight.objects.get_or_create(
        tenant_id=tenant_id,
        name=plan.name,
        question=compact.kept(plan.question),
        owner=None,
        trashed_at=None,
        defaults={"view": plan.view, "sharing": Sharing.SHARED},
    )
    return found
