"""What a question says of actors, joined to the rows: traits of their profiles.

Each is first made a table of the question's own connection, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.identity import traits

if TYPE_CHECKING:
    from events.query.asking import Asking


def with_actors(asking: Asking, rows: str) -> str:
    """`rows` (with `who`), and a column for each thing that the question was said to need."""
    if asking.told.traits:
        table = _traits(asking)
        rows = f"SELECT known.*, told.traits FROM ({rows}) AS known LEFT JOIN {table} AS told USING (who)"
    return rows


def _traits(asking: Asking) -> str:
    names = tuple(sorted(asking.told.traits))
    return asking.table(("traits", names), lambda: traits.select(asking.with_who(None, None), names, asking.binds))
