"""The dictionary as a page shows it: names to look through, and where each leads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from dashboards.filtering import joined
from events.dictionary.reading import SORTS, Dictionary
from events.models import DictionaryName, NameKind
from events.models.dictionary import DAYS
from obc_analytics.errors import BadRequest

PAGE = 50
KINDS = {NameKind.EVENT: "Events", NameKind.PROPERTY: "Properties", NameKind.PROFILE: "Profile properties"}
STATES = {"all": "All", "bare": "Not described", "verified": "Verified", "hidden": "Hidden"}
SORT_LABELS = dict(zip(SORTS, ("Most events", "Name", "Last seen"), strict=True))


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page's address says beside its frame's state."""

    kind: str
    search: str
    sort: str
    state: str
    offset: int

    @property
    def named(self) -> dict[str, str]:
        """The address's parts that differ from the usual."""
        parts = {"kind": self.kind, "search": self.search, "sort": self.sort, "state": self.state}
        usual = {"kind": NameKind.EVENT.value, "search": "", "sort": SORTS[0], "state": "all"}
        found = {name: value for name, value in parts.items() if value != usual[name]}
        return {**found, "offset": str(self.offset)} if self.offset else found

    def query(self, **changes: str | int) -> str:
        """The query with changes, from the first page on."""
        values: dict[str, Any] = {
            "kind": self.kind, "search": self.search, "sort": self.sort, "state": self.state, "offset": 0, **changes,
        }  # fmt: skip
        named = Looked(**values).named
        return f"?{urlencode(named)}" if named else "?"


def looked(query: Mapping[str, str]) -> Looked:
    """What is not known falls back to the usual. Raises BadRequest for an offset that is no number."""
    offset = query.get("offset", "0")
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 8):
        raise BadRequest("offset is a whole number", parameter="offset")

    def one(name: str, choices: Any) -> str:
        value = query.get(name, "")
        return value if value in choices else next(iter(choices))

    kinds = [kind.value for kind in KINDS]
    search = query.get("search", "").strip()[:255]
    return Looked(one("kind", kinds), search, one("sort", SORTS), one("state", STATES), int(offset))


@dataclass(frozen=True, slots=True)
class Word:
    """A row of the page. `insight` and `events`: queries of the builder's and the explorer's addresses."""

    name: str
    kind: str
    volume: int
    first_seen: datetime | None
    last_seen: datetime | None
    types: list[str]
    examples: list[str]
    on: list[str]
    description: str
    hidden: bool
    verified: bool
    insight: str
    events: str


@dataclass(frozen=True, slots=True)
class Listing:
    words: list[Word]
    total: int
    kinds: list[tuple[str, str, int, bool]]  # label, query, how many, whether it is this one
    states: list[tuple[str, str, bool]]
    sorts: list[tuple[str, str, bool]]
    everything: str  # the query of all names of this kind
    before: str
    after: str
    capped: bool
    sampled: bool


def listing(dictionary: Dictionary, at: Looked) -> Listing:
    found = [name for name in dictionary.chosen(at.search, at.sort, None) if _is(name, at.state)]
    page = found[at.offset : at.offset + PAGE]
    return Listing(
        words=[_word(name, dictionary) for name in page],
        total=len(found),
        kinds=[
            (label, at.query(kind=kind.value), dictionary.counts.get(kind, 0), kind == at.kind)
            for kind, label in KINDS.items()
        ],
        states=[(label, at.query(state=state), state == at.state) for state, label in STATES.items()],
        sorts=[(sort, label, sort == at.sort) for sort, label in SORT_LABELS.items()],
        everything=at.query(search="", state="all"),
        before=at.query(offset=max(0, at.offset - PAGE)) if at.offset else "",
        after=at.query(offset=at.offset + PAGE) if at.offset + PAGE < len(found) else "",
        capped=dictionary.capped,
        sampled=dictionary.sampled,
    )


def _is(name: DictionaryName, state: str) -> bool:
    match state:
        case "bare":
            return not name.description and not name.hidden
        case "verified":
            return name.verified
        case "hidden":
            return name.hidden
        case _:
            return True


def _word(name: DictionaryName, dictionary: Dictionary) -> Word:
    return Word(
        name=name.name,
        kind=name.kind,
        volume=name.volume(dictionary.today),
        first_seen=name.first_seen,
        last_seen=name.last_seen,
        types=name.types,
        examples=name.examples,
        on=list(name.events),
        description=name.description,
        hidden=name.hidden,
        verified=name.verified,
        insight=_insight(name),
        events=_events(name),
    )


def _insight(name: DictionaryName) -> str:
    """A trend of the event; of a property, of the event that has it most often, by its values."""
    if name.kind == NameKind.EVENT:
        question: dict[str, Any] = {"series": [{"event": name.name, "measure": "total"}]}
    elif name.kind == NameKind.PROFILE:
        question = {"series": [{"event": "*", "measure": "uniques"}], "breakdown": [{"property": _property(name)}]}
    else:
        event = next(iter(name.events), "*")
        question = {"series": [{"event": event, "measure": "total"}], "breakdown": [{"property": _property(name)}]}
    return urlencode({"q": json.dumps({"kind": "trends", **question}), "range": f"{DAYS}d"})


def _events(name: DictionaryName) -> str:
    if name.kind == NameKind.EVENT:
        return urlencode({"f": joined("$event_name", "is", name.name), "range": f"{DAYS}d"})
    shown = {"c": ["$event_name", name.name]} if name.kind == NameKind.PROPERTY else {}
    return urlencode({"f": joined(_property(name), "is_set", ""), "range": f"{DAYS}d", **shown}, doseq=True)


def _property(name: DictionaryName) -> str:
    return f"profile:{name.name}" if name.kind == NameKind.PROFILE else name.name
