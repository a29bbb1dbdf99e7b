"""What a question says of actors, joined to the rows: traits of their profiles, and whether they are in a cohort.

Each is first made a table, once for all questions about the same moment (shared.py).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from events.cohorts.members_sql import members_sql, names_in
from events.identity import traits
from events.query import properties, shared
from obc_analytics.errors import BadRequest

if TYPE_CHECKING:
    from events.cohorts.references import Known
    from events.query.asking import Asking


def with_actors(asking: Asking, rows: str) -> str:
    """`rows` (with `who`), and a column for each thing that the question was said to need."""
    if asking.told.traits:
        table = traits_of(asking)
        rows = f"SELECT known.*, told.traits FROM ({rows}) AS known LEFT JOIN {table} AS told USING (who)"
    for id_ in sorted(asking.told.cohorts):
        column = properties.cohort_column(id_)
        inside = f"CASE WHEN told.who IS NULL THEN 'false' ELSE 'true' END AS {column}"
        rows = f"SELECT known.*, {inside} FROM ({rows}) AS known LEFT JOIN {cohort(asking, id_)} AS told USING (who)"
    return rows


def cohort(asking: Asking, id_: uuid.UUID) -> str:
    """The table `who` of a cohort's members. Raises BadRequest for one that the question was not given."""
    known = asking.cohorts.get(id_)
    if known is None:
        raise BadRequest("There is no cohort of this id.", property=f"{properties.COHORT}{id_}")
    inner, tables = asking.beside(), asking.told.tables
    if not asking.relation.shared or not known.version:
        return inner.table(("cohort", id_), lambda: _members(inner, known))
    if ("cohort", id_) not in tables:
        tables["cohort", id_] = shared.table_of(inner, _cohort_key(inner, known), lambda: _members(inner, known))
    return tables["cohort", id_]


def _cohort_key(asking: Asking, known: Known) -> shared.Key:
    """The cohort's version and the data's; where days are counted, the zone and its date of today, not the minute."""
    state, zone = asking.relation.snapshot, asking.period.zone
    cohort = ("cohort", state.tenant_id, known.id, known.version)
    if known.definition is None:  # only links say who its ids are
        return (*cohort, state.identity_version, state.erase_version)
    return (*cohort, zone.key, asking.now.astimezone(zone).date(), state.version)


def _members(asking: Asking, known: Known) -> str:
    """A statement of `who`, its values bound to this asking."""
    definition = known.definition
    if definition is None:
        return _listed(asking, known.members())
    asking.prepare(names_in(definition))
    return members_sql(asking, definition, traits_of(asking) if asking.told.traits else None)


def _listed(asking: Asking, ids: list[str]) -> str:
    """A statement of `who` for ids as clients name them."""
    links = asking.relation.actors
    own = f"(SELECT md5_number_lower(unnest({asking.binds.add(ids)}::VARCHAR[])) AS actor) AS own"
    if links is None:
        return f"SELECT DISTINCT actor AS who FROM {own}"
    return f"SELECT DISTINCT coalesce(links.who, own.actor) AS who FROM {own} LEFT JOIN {links} AS links USING (actor)"


def traits_of(asking: Asking) -> str:
    """The table (who, traits) of those that the question was said to need."""
    names, state = tuple(sorted(asking.told.traits)), asking.relation.snapshot
    key, tables = ("traits", names), asking.told.tables

    def statement() -> str:
        return traits.select(asking.with_who(None, None), names, asking.binds)

    if not asking.relation.shared:
        return asking.table(key, statement)
    if key not in tables:
        tables[key] = shared.table_of(asking, ("traits", state.tenant_id, names, state.version), statement)
    return tables[key]
