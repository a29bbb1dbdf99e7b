"""The dictionary as it is now: the tables, and the rows that the job has not counted yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import OuterRef, Subquery
from django.utils.timezone import now

from events.dictionary import counting, growing
from events.dictionary.counting import Counted
from events.models import DictionaryName, DictionaryState
from events.query import run
from events.query.asking import Asking
from events.query.spans import rfc3339
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

SAMPLE = 200_000  # rows beyond the counted ones of which properties are read: the job was never here, or is away
SORTS = ("volume", "name", "last_seen")


class Fresh(msgspec.Struct, frozen=True, tag_field="kind", tag="fresh_names"):
    """Names in the rows above a `seq`. `known`: those that are told of, however rare."""

    above: int
    known: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All names of a tenant. `capped`: kinds of which rare names were left out; `sampled`: properties of rows that
    the job has yet to count come from SAMPLE of them."""

    names: list[DictionaryName]
    today: date
    capped: list[str]
    sampled: bool
    as_of_seq: int

    def chosen(
        self, kind: str, search: str = "", sort: str = SORTS[0], hidden: bool | None = False
    ) -> list[DictionaryName]:
        """Of one kind, by name or description. `hidden`: None for all, else those that are or are not."""
        text = search.lower()
        found = [
            name
            for name in self.names
            if name.kind == kind
            and (hidden is None or name.hidden == hidden)
            and (text in name.name.lower() or text in name.description.lower())
        ]
        by = {
            "volume": lambda name: (-name.volume(self.today), name.name),
            "name": lambda name: (name.name.lower(), name.name),
            "last_seen": lambda name: (-name.last_seen.timestamp() if name.last_seen else 0, name.name),
        }
        return sorted(found, key=by[sort])


def read(tenant: TenantConfig) -> Dictionary:
    """Raises TooSlow, Overloaded and SegmentUnreadable."""
    today = now().date()
    names, state = _stored(tenant.id)
    answer = run.answered(tenant, Fresh(state.seq, tuple(sorted(names))), fresh)
    growing.merge(names, msgspec.convert(answer["counted"], list[Counted]), tenant.id, today)
    capped = {*state.capped_kinds(today), *answer["capped"]}
    return Dictionary(list(names.values()), today, sorted(capped), answer["sampled"], answer["as_of_seq"])


def fresh(asking: Asking, question: Fresh) -> dict[str, Any]:
    """`{"counted", "capped", "sampled"}` of the rows above the question's `seq`."""
    source = asking.relation.source() + " WHERE seq > $above"
    values = {"above": question.above}
    rows = asking.relation.connection.execute(f"SELECT count(*) FROM {source}", values).fetchone()
    sampled = bool(rows and rows[0] > SAMPLE)
    counted, capped = counting.count(
        asking.relation.connection, source, question.known, asking.now.date(), values, SAMPLE if sampled else None
    )
    return {"counted": msgspec.to_builtins(counted), "capped": sorted(capped), "sampled": sampled}


def _stored(tenant_id: uuid.UUID) -> tuple[dict[growing.Key, DictionaryName], DictionaryState]:
    """The names and up to where they are counted, of one moment: `seq` is read with each of them."""
    with tenant_scope(tenant_id):
        states = DictionaryState.objects.filter(tenant_id=tenant_id)
        upto = Subquery(states.filter(tenant_id=OuterRef("tenant_id")).values("seq")[:1])
        names = list(DictionaryName.objects.filter(tenant_id=tenant_id).annotate(upto=upto))
        state = states.first() or DictionaryState(tenant_id=tenant_id)
    state.seq = names[0].upto or 0 if names else 0  # not the second look's: the job may have ended in between
    return {(name.kind, name.name): name for name in names}, state


def find(names: Iterable[DictionaryName], kind: str, name: str) -> DictionaryName | None:
    return next((each for each in names if (each.kind, each.name) == (kind, name)), None)


def shown(name: DictionaryName, today: date | None = None) -> dict[str, Any]:
    """One name as the API says it."""
    return {
        "name": name.name,
        "kind": name.kind,
        "volume": name.volume(today or now().date()),
        "first_seen": name.first_seen and rfc3339(name.first_seen),
        "last_seen": name.last_seen and rfc3339(name.last_seen),
        "types": name.types,
        "examples": name.examples,
        "events": list(name.events),
        "description": name.description,
        "hidden": name.hidden,
        "verified": name.verified,
    }
