"""Links out of events, noted in the very transaction that stores them: the next answer knows them.

For each pair of ids the log holds the earliest event that joins them, least by (timestamp, event_id), so that
the order of arrival can't matter: a late, earlier event adds an entry. What a process has noted already it
remembers, so the steady state costs one look into a dictionary an event and no SQL.

Why not derive the links when a question is asked: that reads three columns of every event ever stored, and
segments do not hold the user as the client names it; the log has about one row a pair.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from events.ingest.steps import MAX_ID, Draft

REMEMBERED = 100_000  # pairs, about 40 MB


class Pair(NamedTuple):
    """`source` and `target` are one actor, called `target`; `kind` says by which rule."""

    tenant_id: uuid.UUID
    kind: str
    source: str
    target: str


Moment = tuple[datetime, str]  # timestamp and event_id: their order decides between events


class Executes(Protocol):
    """A cursor, psycopg's or Django's."""

    def execute(self, query: str, params: Any, /) -> Any: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Memory:
    """The earliest event noted for a pair, of the pairs seen lately. Only what is committed goes in."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._known: dict[Pair, Moment] = {}
        self._lock = threading.Lock()

    def lacks(self, pair: Pair, moment: Moment) -> bool:
        known = self._known.get(pair)
        return known is None or moment < known

    def learn(self, found: dict[Pair, Moment]) -> None:
        with self._lock:
            for pair, moment in found.items():
                if self.lacks(pair, moment):
                    self._known[pair] = moment
            if len(self._known) > self._size:
                for pair in list(self._known)[: self._size // 4]:  # the oldest
                    del self._known[pair]


memory = Memory()


def links_in(drafts: Iterable[tuple[uuid.UUID, Draft]]) -> dict[Pair, Moment]:
    """Pairs that stored events join and that are not known to be noted, each with its earliest event."""
    found: dict[Pair, Moment] = {}
    for tenant_id, draft in drafts:
        user, device = draft.user_id, draft.device_id
        if user is not None and device is not None and user != device:
            _keep(found, Pair(tenant_id, "device", device, user), draft)
        if draft.event_name == "$alias" and (ends := _alias(draft)):
            _keep(found, Pair(tenant_id, "alias", *ends), draft)
    return found


def _keep(found: dict[Pair, Moment], pair: Pair, draft: Draft) -> None:
    moment = (draft.timestamp, draft.event_id)
    if memory.lacks(pair, moment) and (pair not in found or moment < found[pair]):
        found[pair] = moment


def _alias(draft: Draft) -> tuple[str, str] | None:
    """The alias and the id that it is another name of: the event's own, or the one that it names."""
    alias, original = _id(draft.properties.get("alias")), _id(draft.properties.get("distinct_id"))
    original = original or draft.distinct_id
    return (alias, original) if alias and alias != original else None


def _id(value: Any) -> str | None:
    if type(value) is int:
        value = str(value)
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID else None


def note(cursor: Executes, found: dict[Pair, Moment]) -> dict[Pair, Moment]:
    """Add what the log lacks. Returns all that is noted now, to be remembered once it is committed.

    Takes the tenants' watermarks in order, after the events' keys and before the ledger's: writers that wait
    for each other always do so in one direction.
    """
    if not found:
        return {}
    pairs = sorted(found)
    cursor.execute(statement("known"), _columns(pairs))
    known = {Pair(*row[:4]): (row[4], row[5]) for row in cursor.fetchall()}
    lacking = [pair for pair in pairs if pair not in known or found[pair] < known[pair]]
    if lacking:
        versions = bump(cursor, {pair.tenant_id for pair in lacking})
        append(cursor, [(pair, found[pair]) for pair in lacking], versions)
    return {pair: min(moment, known.get(pair, moment)) for pair, moment in found.items()}


def bump(cursor: Executes, tenants: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The next version of each tenant's links."""
    cursor.execute(statement("bump"), [sorted(tenants)])
    return dict(cursor.fetchall())


def append(cursor: Executes, entries: list[tuple[Pair, Moment]], versions: dict[uuid.UUID, int], by: str = "") -> None:
    tenants, kinds, sources, targets = _columns([pair for pair, _ in entries])
    times, ids = [moment[0] for _, moment in entries], [moment[1] for _, moment in entries]
    numbers = [versions[tenant] for tenant in tenants]
    cursor.execute(statement("append"), [tenants, numbers, kinds, sources, targets, times, ids, [by] * len(entries)])


def _columns(pairs: list[Pair]) -> list[list[Any]]:
    return [list(column) for column in zip(*pairs, strict=True)]


@cache
def statement(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
