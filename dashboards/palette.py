"""What Ctrl-K finds: pages, new questions, what was saved, tenants, and a person or an event by their exact id."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode

from dashboards.insights.reading import FIRST
from dashboards.models import Asker, Board, SavedInsight
from dashboards.shell import Shell
from events.models import Cohort, Event
from tenants.scope import tenant_scope

EACH = 6  # of one kind
LONGEST = 200  # characters of a query that count


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    label: str
    href: str


def hits(shell: Shell, asker: Asker, text: str) -> list[dict[str, Any]]:
    """Best first, by kind. Every word must stand in the name; without words, the pages."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    words = text.lower().split()
    found = [hit for hit in [*_pages(shell), *_new(shell)] if _matches(hit, words)]
    if words:
        found = found[:EACH] + _saved(shell, asker, text) + _by_id(shell, text)
    found += [hit for hit in _tenants(shell) if _matches(hit, words)][:EACH]
    return [asdict(hit) for hit in found]


def _matches(hit: Hit, words: list[str]) -> bool:
    return all(word in hit.label.lower() for word in words)


def _pages(shell: Shell) -> list[Hit]:
    return [*(Hit("Page", label, href) for label, href in shell.places()), Hit("Page", "Your account", "/me/")]


def _new(shell: Shell) -> list[Hit]:
    """What one begins with: an insight of each kind, and a cohort."""
    address = f"{shell.root}insights/new"
    insights = [
        Hit("New", f"New insight: {kind.capitalize()}", f"{address}?{urlencode({'q': json.dumps(first)})}")
        for kind, first in FIRST.items()
    ]
    return [*insights, Hit("New", "New cohort", f"{shell.root}cohorts/new")]


def _saved(shell: Shell, asker: Asker, text: str) -> list[Hit]:
    tenant_id = shell.tenant.id
    with tenant_scope(tenant_id):
        insights = SavedInsight.objects.of(tenant_id).visible_to(asker).kept().search(text)
        boards = Board.objects.of(tenant_id).visible_to(asker).kept().search(text)
        found = [Hit("Insight", row.name, f"{shell.root}insights/{row.id}") for row in insights[:EACH]]
        cohorts = Cohort.objects.of(tenant_id).kept().search(text)
        found += [Hit("Cohort", row.name, f"{shell.root}cohorts/{row.id}") for row in cohorts[:EACH]]
        return found + [Hit("Board", row.name, f"{shell.root}boards/{row.id}") for row in boards[:EACH]]


def _by_id(shell: Shell, text: str) -> list[Hit]:
    """Looked up by the unique key and the actor's index: cheap at any size of the table."""
    tenant_id, found = shell.tenant.id, []
    with tenant_scope(tenant_id):
        mine = Event.objects.filter(tenant_id=tenant_id)
        if mine.filter(distinct_id=text).exists():
            found.append(Hit("Person", text, f"{shell.root}people/profile?id={quote(text, safe='')}"))
        if mine.filter(event_id=text).exists():
            found.append(Hit("Event", text, f"{shell.root}events/detail?id={quote(text, safe='')}"))
    return found


def _tenants(shell: Shell) -> list[Hit]:
    others = [tenant for tenant in shell.tenants if tenant.id != shell.tenant.id]
    return [Hit("Tenant", tenant.name, f"/t/{tenant.slug}/overview/") for tenant in others]
