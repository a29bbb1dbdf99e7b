"""Size and members of a cohort, saved or still being written, as questions."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from events.cohorts.references import Known
from events.cohorts.types import Condition
from events.identity import people
from events.query import actors, joined
from events.query.asking import Asking
from events.query.types import Actors

MAX_MEMBERS = 1_000_000  # of a static cohort
DRAFT = uuid.UUID(int=0)  # stands for a definition that is not saved


class CohortPeople(msgspec.Struct, frozen=True, tag_field="kind", tag="cohort_people", kw_only=True):
    """The members of `cohort` (an id), or of a definition; `limit` 0: how many alone."""

    cohort: str | None = None
    definition: Condition | None = None
    timezone: str | None = None
    limit: int = 0
    offset: int = 0


class CohortIds(msgspec.Struct, frozen=True, tag_field="kind", tag="cohort_ids", kw_only=True):
    """All ids of the members, or of the people behind a number, for a static cohort."""

    cohort: str | None = None
    of: Actors | None = None
    timezone: str | None = None


def answer(asking: Asking, question: CohortPeople) -> dict[str, Any]:
    """`{"size", "everybody", "people": [people.Person…]}`; everybody who ever sent an event, for a share."""
    chosen = _chosen(asking, question.cohort, question.definition)
    if question.limit:
        found, size = people.page(asking, chosen, question.limit, question.offset)
    else:
        found, size = [], asking.rows(f"SELECT count(*) FROM {chosen}")[0][0]
    everybody = asking.rows(f"WITH e AS ({asking.with_who(None, None)}) SELECT count(DISTINCT who) FROM e")[0][0]
    return {"size": size, "everybody": everybody, "people": [person.as_dict() for person in found]}


def ids(asking: Asking, question: CohortIds) -> dict[str, Any]:
    """`{"ids": [text…], "total"}`: the canonical id of each; no more than MAX_MEMBERS + 1 of them."""
    if question.of is not None:
        chosen = actors.choose(asking, question.of.of, question.of.at)
    else:
        chosen = _chosen(asking, question.cohort, None)
    links = asking.relation.actors
    nobody = "SELECT 0 AS who, '' AS id"
    named = f"SELECT who, any_value(canonical) AS id FROM {links} GROUP BY who" if links else nobody
    rows = asking.rows(f"""
        WITH e AS ({asking.with_who(None, None)}),
        own AS (SELECT who, min(distinct_id) AS id FROM e SEMI JOIN {chosen} USING (who) GROUP BY who),
        named AS ({named})
        SELECT coalesce(named.id, own.id) AS id
        FROM {chosen} AS chosen LEFT JOIN named USING (who) LEFT JOIN own USING (who)
        WHERE coalesce(named.id, own.id) IS NOT NULL ORDER BY id LIMIT {MAX_MEMBERS + 1}
    """)
    return {"ids": [id_ for (id_,) in rows], "total": len(rows)}


def _chosen(asking: Asking, cohort: str | None, definition: Condition | None) -> str:
    """The table `who` of the members. Raises BadRequest."""
    if definition is None:
        return joined.cohort(asking, uuid.UUID(cohort))
    asking.cohorts = {**asking.cohorts, DRAFT: Known(DRAFT, "", 0, definition, list)}
    return joined.cohort(asking, DRAFT)
