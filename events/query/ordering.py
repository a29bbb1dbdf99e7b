"""A cursor's place and the order of reading, as SQL over the relation: the same that rows.py asks of PostgreSQL."""

from __future__ import annotations

from events.query.binds import Binds
from events.query.rows import Cursor


def placed(ordering: str, cursor: Cursor | None, binds: Binds) -> tuple[str, str]:
    """(condition, ORDER BY) of the rows behind the cursor, in the direction of reading."""
    descending = ordering.startswith("-") ^ bool(cursor and cursor.backwards)
    sign, way = ("<", "DESC") if descending else (">", "ASC")
    if ordering.endswith("seq"):
        behind = f"seq {sign} {binds.add(cursor.seq)}" if cursor else "true"
        return behind, f"seq {way}"
    if cursor is None:
        return "true", f"ts {way}, seq {way}"
    value, number = binds.add(cursor.value), binds.add(cursor.seq)
    return f"(ts {sign} {value} OR (ts = {value} AND seq {sign} {number}))", f"ts {way}, seq {way}"
