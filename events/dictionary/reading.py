"""The dictionary as it is now: the tables, and the rows that the job has not counted yet."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import OuterRef, Subquery
from django.utils.timezone import now

from events.dictionary import counting, growing
from events.dictionary.counting import Counted
from events.models import DictionaryName, DictionaryState, NameKind
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
    """A tenant's names of one kind. `counts`: how many there are of each kind; `capped`: rare names were left out;
    `sampled`: properties of rows that the job has yet to count come from SAMPLE of them."""

    names: list[DictionaryName]
    counts: Mapping[str, int]
    today: date
    capped: bool
    sampled: bool
    as_of_seq: int

    def chosen(self, search: str = "", sort: str = SORTS[0], hidden: bool | None = False) -> list[DictionaryName]:
        """By name or description. `hidden`: None for all, else those that are or are not."""
        text = search.lower()
        found = [
            name
            for name in self.names
            if (hidden is None or name.hidden == hidden)
            and (text in name.name.lower() or text in name.description.lower())
        ]
        by = {
            "volume": lambda name: (-name.volume(self.today), name.name),
            "name": lambda name: (name.name.lower(), name.name),
            "last_seen": lambda name: (-name.last_seen.timestamp() if name.last_seen else 0, name.name),
        }
        return sorted(found, key=by[sort])


def read(tenant: TenantConfig, kind: str) -> Dictionary:
    """Raises TooSlow, Overloaded and SegmentUnreadable."""
    today = now().date()
    names, known, state = _stored(tenant.id, kind)
    answer = run.answered(tenant, Fresh(state.seq, tuple(sorted(known))), fresh)
    counted = msgspec.convert(answer["counted"], list[Counted])
    growing.merge(names, [each for each in counted if each.kind == kind], tenant.id, today)
    return Dictionary(
        names=list(names.values()),
        counts=Counter(kind for kind, _ in known | {(each.kind, each.name) for each in counted}),
        today=today,
        capped=kind in {*state.capped_kinds(today), *answer["capped"]},
        sampled=answer["sampled"] and kind != NameKind.EVENT,
        as_of_seq=answer["as_of_seq"],
    )


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


def _stored(
    tenant_id: uuid.UUID, kind: str
) -> tuple[dict[growing.Key, DictionaryName], set[growing.Key], DictionaryState]:
    """The names of the kind, the keys of all, and up to where they are counted: of one moment, read with each name."""
    with tenant_scope(tenant_id):
        states = DictionaryState.objects.filter(tenant_id=tenant_id)
        state = states.first() or DictionaryState(tenant_id=tenant_id)
        upto = Subquery(states.filter(tenant_id=OuterRef("tenant_id")).values("seq")[:1])
        all_names = DictionaryName.objects.filter(tenant_id=tenant_id)
        names = list(all_names.filter(kind=kind).annotate(upto=upto))
        known = set(all_names.values_list("kind", "name"))
    if names:
        state.seq = names[0].upto or 0  # not the earlier look's: the job may have ended in between
    return {(name.kind, name.name): name for name in names}, known, state


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
