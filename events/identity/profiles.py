"""Profiles: people found by id, name or email, and all that is known of one of them."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec

from events.identity import people, traits
from events.identity.people import EMAILS, NAMES
from events.query import conditions, sessions, wording
from events.query.asking import Asking, names_in
from events.query.properties import pointer
from events.query.types import Filter
from obc_analytics.errors import NotFound

MAX_IDS = 200  # of one profile that are shown
ORDERS = {"last_seen": "last", "first_seen": "first", "events": "n"}


class Profiles(msgspec.Struct, frozen=True, tag="profiles"):
    """People one of whose ids, or whose name or email, holds `search` in any case; all of them for ''. With filters:
    those of whom one event, of all time, passes all filters."""

    search: str = ""
    limit: int = 50
    offset: int = 0
    filters: tuple[Filter, ...] = ()
    order: Literal["last_seen", "first_seen", "events"] = "last_seen"


class Profile(msgspec.Struct, frozen=True, tag="profile"):
    """One person by any of its ids; `limit` and `offset` are of its events."""

    id: str
    limit: int = 100
    offset: int = 0


def listed(asking: Asking, question: Profiles) -> dict[str, Any]:
    """`{"people": [people.Person…], "total"}`, seen last first, or by another `order`, the most first; before all
    whoever has just the id that was searched for."""
    seen = asking.table("profiles", lambda: _seen(asking, question.search))
    exact = f"who = {asking.who_is(question.search)} DESC, " if question.search else ""
    rows = asking.rows(f"""
        SELECT who, first, last, n FROM {seen}
        ORDER BY {exact}{ORDERS[question.order]} DESC, who
        LIMIT {int(question.limit)} OFFSET {int(question.offset)}
    """)
    total = asking.rows(f"SELECT count(*) FROM {seen}")[0][0]
    return {"people": [person.as_dict() for person in people.described(asking, rows)], "total": total}


def one(asking: Asking, question: Profile) -> dict[str, Any]:
    """`{"person", "ids": [text…], "traits": {name: value}, "events": [a row each, newest first]}`.

    Raises NotFound for an id that neither an event nor a link has.
    """
    who = asking.who_is(question.id)
    ids = ids_of_one(asking, who)
    if not ids:
        raise NotFound("There is nobody of this id.")
    told = _traits(asking, who)
    return {
        "person": people.one(asking, who, told).as_dict(),
        "ids": ids,
        "traits": told,
        "events": _events(asking, who, question.limit, question.offset),
    }


def _seen(asking: Asking, search: str) -> str:
    """A statement of (who, first, last, n): one reading of the rows tells when and how often each was seen."""
    asking.prepare(names_in(asking.filters))
    rows = f"SELECT * FROM ({asking.events(None, None)})"
    if search:
        rows += f" SEMI JOIN ({_matching(asking, search)}) USING (who)"
    passes = conditions.all_of(asking.filters, asking.binds)
    return f"""
        SELECT who, epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last, count(*) AS n
        FROM ({rows}) GROUP BY who {f"HAVING bool_or({passes})" if asking.filters else ""}
    """


def _matching(asking: Asking, search: str) -> str:
    everyone, links = asking.with_who(None, None), asking.relation.actors
    text = f"lower({asking.binds.add(search)})"
    names = (*NAMES, *EMAILS)
    values = [f"contains(lower(traits->>{asking.binds.add(pointer(name))}), {text})" for name in names]
    by_link = f"UNION SELECT who FROM {links} WHERE contains(lower(id), {text})" if links else ""
    return f"""
        SELECT who FROM ({everyone}) WHERE contains(lower(distinct_id), {text}) {by_link}
        UNION SELECT who FROM ({traits.select(everyone, names, asking.binds)}) WHERE {" OR ".join(values)}
    """


def ids_of_one(asking: Asking, who: int) -> list[str]:
    """All ids of a person, by events and by links; at most MAX_IDS."""
    return [id_ for (id_,) in asking.rows(f"SELECT id FROM ({_ids_sql(asking, who)}) ORDER BY id LIMIT {MAX_IDS}")]


def count_ids(asking: Asking, who: int) -> int:
    return int(asking.rows(f"SELECT count(*) FROM ({_ids_sql(asking, who)})")[0][0])


def _ids_sql(asking: Asking, who: int) -> str:
    links = asking.relation.actors
    by_link = f"UNION SELECT unnest([id, canonical]) FROM {links} WHERE who = {who}" if links else ""
    return f"SELECT DISTINCT distinct_id AS id FROM ({asking.rows_of(who)}) {by_link}"


def _traits(asking: Asking, who: int) -> dict[str, Any]:
    own = asking.rows_of(who)
    names = [name for (name,) in asking.rows(traits.names_of(own, "true"))]
    if not names:
        return {}
    rows = asking.rows(traits.select(own, names, asking.binds))
    return dict(sorted(json.loads(rows[0][1]).items())) if rows else {}


def _events(asking: Asking, who: int, limit: int, offset: int) -> list[dict[str, Any]]:
    """With the session of each, as visits.py lists them, and how long and full it is for this person."""
    rows = asking.rows(f"""
        SELECT event_id, event_name, epoch_us(ts) AS us, session_id, session, path,
            (max(us) OVER s - min(us) OVER s) / 1e6 AS session_seconds, count(*) OVER s AS session_events
        FROM ({sessions.with_sessions(asking.rows_of(who))})
        WINDOW s AS (PARTITION BY session) ORDER BY us DESC, seq DESC LIMIT {int(limit)} OFFSET {int(offset)}
    """)
    names = (
        "event_id", "event_name", "timestamp", "session_id", "session", "path", "session_seconds", "session_events",
    )  # fmt: skip
    return [{**dict(zip(names, row, strict=True)), "timestamp": wording.iso(row[2])} for row in rows]
