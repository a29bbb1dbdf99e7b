"""Why ids are one person, and what joining two would do."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from events.identity import people, profiles
from events.query import wording
from events.query.asking import Asking
from obc_analytics.errors import Conflict, NotFound

MOST = 200  # links of one person that are shown

Id = Annotated[str, Meta(min_length=1, max_length=255)]


class Links(msgspec.Struct, frozen=True, tag="links"):
    """Why the ids of one person are one, by any of them."""

    id: Id


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="merge"):
    """The person of `id` becomes one with the person of `into`."""

    id: Id
    into: Id


def preview(asking: Asking, question: Merge) -> dict[str, Any]:
    """`{"person", "joined": people.Person…, "ids": […], "moves": {"ids": 2, "events": 143}}`: what the merge does.

    `joined` goes by the id of `person` afterwards. A person of whom a user is known keeps its id, whichever of the
    two was named as `into`: one who is only a device becomes part of a user, not the other way round. Raises
    NotFound for an id that nobody has, and Conflict for two ids of one person.
    """
    moved, kept = asking.who_is(question.id), asking.who_is(question.into)
    for who, name in ((moved, "id"), (kept, "into")):
        if not profiles.count_ids(asking, who):
            raise NotFound(f"{name}: there is nobody of this id.", parameter=name)
    if moved == kept:
        raise Conflict("These are ids of one person already.")
    if _is_user(asking, moved) and not _is_user(asking, kept):
        moved, kept = kept, moved
    joined = people.one(asking, moved)
    return {
        "person": people.one(asking, kept).as_dict(),
        "joined": joined.as_dict(),
        "ids": profiles.ids_of_one(asking, moved),
        "moves": {"ids": profiles.count_ids(asking, moved), "events": joined.events},
    }


def listed(asking: Asking, question: Links) -> dict[str, Any]:
    """`{"links": [{"source", "target", "kind", "at", "event_id", "by", "state", "undone_at", "undone_by"}]}`, newest
    first: each pair of ids that an event or somebody joined and of which one is this person's.

    `kind`: device | alias | merge. `state`: `joined`; `undone` (somebody took the pair apart, and it stays so
    whatever events say, until they are merged); `outvoted` (a device that an earlier event, or somebody, gave to
    another).
    """
    log, who = asking.relation.log, asking.who_is(question.id)
    if log is None:
        return {"links": []}
    actors = asking.relation.actors
    others = f"UNION SELECT unnest([id, canonical]) FROM {actors} WHERE who = {who}" if actors else ""
    joining = "FILTER (kind <> 'undo')"
    rows = asking.rows(f"""
        WITH mine AS (SELECT {asking.binds.add(question.id)} AS id {others}),
        pairs AS (
            SELECT
                arg_min(struct_pack(kind, source, target, ts, event_id), struct_pack(ts, event_id)) {joining} AS told,
                arg_max(struct_pack(kind, source, target, ts, made_by), version)
                    FILTER (kind IN ('merge', 'undo')) AS by_hand
            FROM {log} WHERE version <= {asking.relation.snapshot.identity_version}
                AND (source IN (SELECT id FROM mine) OR target IN (SELECT id FROM mine))
            GROUP BY least(source, target), greatest(source, target)
        )
        SELECT told.kind, told.source, told.target, epoch_us(told.ts), told.event_id,
            by_hand.kind, by_hand.source, by_hand.target, epoch_us(by_hand.ts), by_hand.made_by,
            told.source IN (SELECT id FROM mine) AND told.target IN (SELECT id FROM mine)
        FROM pairs WHERE told IS NOT NULL ORDER BY coalesce(by_hand.ts, told.ts) DESC, told.source LIMIT {MOST}
    """)
    return {"links": [_link(*row) for row in rows]}


def _link(
    kind: str, source: str, target: str, at: int, event_id: str,
    hand: str | None, hand_source: str | None, hand_target: str | None, hand_at: int | None, by: str | None,
    together: bool,
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {
        "source": source, "target": target, "kind": kind, "at": wording.iso(at),
        "event_id": None if kind == "merge" else event_id, "by": None,
        "state": "joined" if together else "outvoted", "undone_at": None, "undone_by": None,
    }  # fmt: skip
    if hand is None or hand_at is None:
        return found
    if hand == "undo":
        return {**found, "state": "undone", "undone_at": wording.iso(hand_at), "undone_by": by}
    made = {"source": hand_source, "target": hand_target, "kind": "merge", "at": wording.iso(hand_at), "by": by}
    return {**found, **made, "event_id": None}


def _is_user(asking: Asking, who: int) -> bool:
    """Whether an event names one of the ids as a user."""
    return bool(asking.rows(f"SELECT 1 FROM ({asking.rows_of(who)}) WHERE user_id IS NOT NULL LIMIT 1"))
