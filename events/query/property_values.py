"""Values of one property seen lately, for pickers: of the last DAYS days, the newest acknowledged event included."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from events.query import properties
from events.query.asking import Asking
from events.query.types import Name

DAYS = 30
LIMIT = 50
MOST = 500
LONGEST_VALUE = 500  # a longer one is no choice of a list

Limit = Annotated[int, Meta(ge=1, le=MOST)]
Text = Annotated[str, Meta(max_length=255)]


class Values(msgspec.Struct, frozen=True, tag_field="kind", tag="values"):
    """Values of one property that begin with the prefix, most frequent first."""

    property: Name
    prefix: Text = ""
    limit: Limit = LIMIT


def values(asking: Asking, question: Values) -> dict[str, Any]:
    """`{"results": [{"value", "count"}]}`. Raises BadRequest for an unknown built-in."""
    asking.prepare([question.property])
    text = properties.text(question.property, asking.binds)
    prefix = asking.binds.add(question.prefix.lower())
    statement = f"""
        WITH e AS ({_lately(asking)}),
        v AS (SELECT {text} AS value FROM e)
        SELECT value, count(*) FROM v
        WHERE length(value) <= {LONGEST_VALUE} AND starts_with(lower(value), {prefix})
        GROUP BY value ORDER BY count(*) DESC, value LIMIT {question.limit}
    """
    return {"results": [{"value": value, "count": count} for value, count in asking.rows(statement)]}


def _lately(asking: Asking) -> str:
    return asking.events(asking.now - timedelta(days=DAYS), None)
