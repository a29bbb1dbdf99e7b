"""Names and values seen lately, for pickers: events, properties, and the values of one property.

Of the last DAYS days, the newest acknowledged event included; names of properties out of at most SAMPLE events,
since reading every JSON text of a large tenant would take seconds: `volume` of a property counts those.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from events.query import properties
from events.query.asking import Asking
from events.query.spans import rfc3339
from events.query.types import Name

DAYS = 30
SAMPLE = 200_000
LIMIT = 50
MOST = 500
EXAMPLES = 3
LONGEST = 100  # characters of an example
LONGEST_VALUE = 500  # a longer one is no choice of a list

Limit = Annotated[int, Meta(ge=1, le=MOST)]
Text = Annotated[str, Meta(max_length=255)]


class Dictionary(msgspec.Struct, frozen=True, tag_field="kind", tag="dictionary"):
    """Names that hold the text, most frequent first."""

    of: Literal["event", "property"]
    search: Text = ""
    limit: Limit = LIMIT


class Values(msgspec.Struct, frozen=True, tag_field="kind", tag="values"):
    """Values of one property that begin with the prefix, most frequent first."""

    property: Name
    prefix: Text = ""
    limit: Limit = LIMIT


def dictionary(asking: Asking, question: Dictionary) -> dict[str, Any]:
    """`{"results": [{"name", "kind", "volume", "last_seen", "types", "examples"}]}`; types and examples of
    properties only."""
    rows = asking.rows(STATEMENTS[question.of](asking, question))
    return {
        "results": [
            {
                "name": name,
                "kind": question.of,
                "volume": volume,
                "last_seen": rfc3339(last_seen),
                "types": sorted(TYPES.get(each, "text") for each in types),
                "examples": [text[:LONGEST] for text in examples],
            }
            for name, volume, last_seen, types, examples in rows
        ]
    }


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


def _events(asking: Asking, question: Dictionary) -> str:
    return f"""
        WITH e AS ({_lately(asking)})
        SELECT event_name, count(*), max(ts), [], [] FROM e
        WHERE contains(lower(event_name), {asking.binds.add(question.search.lower())})
        GROUP BY event_name ORDER BY count(*) DESC, event_name LIMIT {question.limit}
    """


def _properties(asking: Asking, question: Dictionary) -> str:
    return f"""
        WITH e AS ({_lately(asking)}),
        looked_at AS (SELECT ts, properties FROM e USING SAMPLE {SAMPLE} ROWS),
        pairs AS (SELECT ts, properties, unnest(json_keys(properties)) AS name FROM looked_at),
        found AS (
            SELECT ts, name, '/' || replace(replace(name, '~', '~0'), '/', '~1') AS place, properties FROM pairs
            WHERE contains(lower(name), {asking.binds.add(question.search.lower())})
        )
        SELECT name, count(*), max(ts), list(DISTINCT json_type(properties, place)),
            list_slice(list_sort(list(DISTINCT left(json_extract_string(properties, place), {LONGEST}))), 1, {EXAMPLES})
        FROM found GROUP BY name ORDER BY count(*) DESC, name LIMIT {question.limit}
    """


STATEMENTS = {"event": _events, "property": _properties}
TYPES = {
    "VARCHAR": "text", "BIGINT": "number", "UBIGINT": "number", "HUGEINT": "number", "DOUBLE": "number",
    "BOOLEAN": "boolean", "ARRAY": "list", "OBJECT": "object", "NULL": "null",
}  # fmt: skip


def _lately(asking: Asking) -> str:
    return asking.events(asking.now - timedelta(days=DAYS), None)
