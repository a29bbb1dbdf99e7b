"""Profiles: people found by id, name or email, and all that is known of one of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from events.identity import people, traits
from events.identity.people import EMAILS, NAMES
from events.query import wording
from events.query.asking import Asking
from events.query.properties import pointer
from obc_analytics.errors import NotFound

MAX_IDS = 200  # of one profile that are shown


class Profiles(msgspec.Struct, frozen=True, tag="profiles"):
    """People one of whose ids, or whose name or email, holds `search` in any case; all of them for ''."""

    search: str = ""
    limit: int = 50
    offset: int = 0


class Profile(msgspec.Struct, frozen=True, tag="profile"):
    """One person by any of its ids; `limit` and `offset` are of its events."""

    id: str
    limit: int = 100
    offset: int = 0


def listed(asking: Asking, question: Profiles) -> dict[str, Any]:
    """`{"people": [people.Person…], "total"}`, seen last first."""
    chosen = asking.table("profiles", lambda: _matching(asking, question.search))
    found, total = people.page(asking, chosen, question.limit, question.offset)
    return {"people": [person.as_dict() for person in found], "total": total}


def one(asking: Asking, question: Profile) -> dict[str, Any]:
    """`{"person", "ids": [text…], "traits": {name: value}, "events": [a row each, newest first]}`.

    Raises NotFound for an id that neither an event nor a link has.
    """
    who = asking.who_is(question.id)
    ids = _ids(asking, who)
    if not ids:
        raise NotFound("There is nobody of this id.")
    chosen = asking.table("profile", lambda: f"SELECT {who}::UBIGINT AS who")
    (person,), _ = people.page(asking, chosen, 1, 0)
    return {
        "person": person.as_dict(),
        "ids": ids,
        "traits": _traits(asking, who),
        "events": _events(asking, who, question.limit, question.offset),
    }


def _matching(asking: Asking, search: str) -> str:
    everyone, links = asking.with_who(None, None), asking.relation.actors
    if not search:
        return f"SELECT DISTINCT who FROM ({everyone})"
    text = f"lower({asking.binds.add(search)})"
    names = (*NAMES, *EMAILS)
    values = [f"contains(lower(traits->>{asking.binds.add(pointer(name))}), {text})" for name in names]
    by_link = f"UNION SELECT who FROM {links} WHERE contains(lower(id), {text})" if links else ""
    return f"""
        SELECT who FROM ({everyone}) WHERE contains(lower(distinct_id), {text}) {by_link}
        UNION SELECT who FROM ({traits.select(everyone, names, asking.binds)}) WHERE {" OR ".join(values)}
    """


def _ids(asking: Asking, who: int) -> list[str]:
    links = asking.relation.actors
    by_link = f"UNION SELECT unnest([id, canonical]) FROM {links} WHERE who = {who}" if links else ""
    own = f"SELECT distinct_id AS id FROM ({asking.with_who(None, None)}) WHERE who = {who}"
    return [id_ for (id_,) in asking.rows(f"SELECT id FROM ({own} {by_link}) ORDER BY id LIMIT {MAX_IDS}")]


def _traits(asking: Asking, who: int) -> dict[str, Any]:
    everyone, only = asking.with_who(None, None), f"who = {who}"
    names = [name for (name,) in asking.rows(traits.names_of(everyone, only))]
    if not names:
        return {}
    rows = asking.rows(traits.select(everyone, names, asking.binds, only))
    return dict(sorted(json.loads(rows[0][1]).items())) if rows else {}


def _events(asking: Asking, who: int, limit: int, offset: int) -> list[dict[str, Any]]:
    rows = asking.rows(f"""
        SELECT event_id, event_name, epoch_us(ts), session_id, path FROM ({asking.with_who(None, None)})
        WHERE who = {who} ORDER BY ts DESC, seq DESC LIMIT {int(limit)} OFFSET {int(offset)}
    """)
    return [
        {"event_id": id_, "event_name": name, "timestamp": wording.iso(ts), "session_id": session, "path": path}
        for id_, name, ts, session, path in rows
    ]
