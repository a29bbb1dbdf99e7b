"""Actors as people see them: name, email, first and last seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.identity import traits
from events.query import wording

if TYPE_CHECKING:
    from events.query.asking import Asking

NAMES, EMAILS = ("name", "$name"), ("email", "$email")


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is the canonical one, as the client names it; times in µs, None for one without events."""

    id: str
    name: str | None
    email: str | None
    first_seen: int | None
    last_seen: int | None
    events: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "first_seen": None if self.first_seen is None else wording.iso(self.first_seen),
            "last_seen": None if self.last_seen is None else wording.iso(self.last_seen),
            "events": self.events,
        }


def page(asking: Asking, chosen: str, limit: int, offset: int) -> tuple[list[Person], int]:
    """Some of the actors of the table `chosen(who)`, seen last first, and how many there are of them."""
    total = asking.rows(f"SELECT count(*) FROM {chosen}")[0][0]
    rows = asking.rows(f"""
        WITH e AS ({asking.with_who(None, None)}),
        seen AS (
            SELECT who, epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last, count(*) AS n
            FROM e SEMI JOIN {chosen} USING (who) GROUP BY who
        )
        SELECT who, first, last, coalesce(n, 0) FROM {chosen} LEFT JOIN seen USING (who)
        ORDER BY last DESC NULLS LAST, who LIMIT {limit} OFFSET {offset}
    """)
    return described(asking, rows), total


def one(asking: Asking, who: int, told: dict[str, Any] | None = None) -> Person:
    """One actor, out of its own rows. `told`: its traits, where they are known already."""
    rows = asking.rows_of(who)
    first, last, n = asking.rows(f"SELECT epoch_us(min(ts)), epoch_us(max(ts)), count(*) FROM ({rows})")[0]
    known = named(asking, [who]) if told is None else _named([who], ids_of(asking, [who]), {who: told})
    return Person(**known[who], first_seen=first, last_seen=last, events=n)


def described(asking: Asking, rows: Sequence[tuple[Any, ...]]) -> list[Person]:
    """People of rows (who, first seen, last seen, events)."""
    known = named(asking, [row[0] for row in rows])
    return [Person(**known[who], first_seen=first, last_seen=last, events=n) for who, first, last, n in rows]


def named(asking: Asking, whos: Sequence[int]) -> dict[int, dict[str, Any]]:
    """`{"id", "name", "email"}` of each actor."""
    if not whos:
        return {}
    return _named(whos, ids_of(asking, whos), traits_of(asking, whos, (*NAMES, *EMAILS)))


def _named(whos: Sequence[int], ids: dict[int, str], told: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {
        who: {
            "id": ids.get(who, str(who)),
            "name": _first(told.get(who, {}), NAMES),
            "email": _first(told.get(who, {}), EMAILS),
        }
        for who in whos
    }


def ids_of(asking: Asking, whos: Sequence[int]) -> dict[int, str]:
    """The canonical id of each actor: from the links, else as its own events name it."""
    listed = _list(whos)
    links = asking.relation.actors
    by_links = f"SELECT who, any_value(canonical) FROM {links} WHERE who IN ({listed}) GROUP BY who UNION ALL"
    return dict(
        asking.rows(f"""
            {by_links if links else ""} SELECT actor, any_value(distinct_id) FROM {asking.relation.source()}
            WHERE actor IN ({listed}) GROUP BY actor
        """)
    )


def traits_of(asking: Asking, whos: Sequence[int], names: Sequence[str]) -> dict[int, dict[str, Any]]:
    statement = traits.select(asking.rows_of(*whos), names, asking.binds)
    return {who: json.loads(told) for who, told in asking.rows(statement)}


def _list(whos: Sequence[int]) -> str:
    return ", ".join(str(int(who)) for who in whos)


def _first(told: dict[str, Any], names: Sequence[str]) -> str | None:
    return next((str(told[name]) for name in names if told.get(name)), None)
