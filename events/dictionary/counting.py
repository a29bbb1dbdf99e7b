"""Rows of events → what they say of names.

    WITH e AS (…event_name, ts, properties…), pairs AS (…one row a name in an event…),
    grouped AS (…by name, event, day and type…)
    SELECT kind, name, count, first and last seen, days, types, examples, events FROM grouped …

One reading of each row's JSON gives its keys and its values, side by side: 2.7 s for a million events of six
properties on two busy cores, where a MAP took 8.4 s and json_each 30 s. A million events of the demo's take 1.3 s of
processor time, and rows that are counted already next to nothing: files tell their greatest `seq`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import msgspec

from events.identity import traits
from events.models.dictionary import EVENTS, EXAMPLES, oldest_day
from events.segments.columns import PROFILE_EVENTS

MOST = 2_000  # names of a kind that a tenant's dictionary holds: the most frequent, and those that people told of
LONGEST_NAME = 255  # questions can't name a longer one
LONGEST = 100  # characters of an example
RAW = 600  # of a value's JSON that an example is made of
EXAMPLES_SEEN = 4 * EXAMPLES

# a value's JSON tells its type by its first sign
TYPE = """CASE left(value::VARCHAR, 1) WHEN '"' THEN 'text' WHEN 't' THEN 'boolean' WHEN 'f' THEN 'boolean'
        WHEN 'n' THEN 'null' WHEN '[' THEN 'list' WHEN '{' THEN 'object' ELSE 'number' END"""
TRAITS = ", ".join(f"properties->'/{operation}'" for operation in traits.OPERATIONS[:-1])  # `$unset` has no values

STATEMENT = """
    WITH e AS (SELECT event_name, ts, properties FROM {source}),
    looked_at AS ({looked_at}),
    pairs AS (
        SELECT 'event' AS kind, event_name AS name, event_name, ts, NULL::JSON AS value FROM e
        UNION ALL
        SELECT 'property', unnest(json_keys(properties)), event_name, ts, unnest(json_extract(properties, '$.*'))
        FROM looked_at
        UNION ALL
        SELECT 'profile', unnest(json_keys(told)), event_name, ts, unnest(json_extract(told, '$.*'))
        FROM (SELECT event_name, ts, unnest([{traits}]) AS told FROM looked_at WHERE event_name IN {profiles})
        WHERE json_type(told) = 'OBJECT'
    ),
    grouped AS MATERIALIZED (
        SELECT kind, name, event_name, ts::DATE AS day, CASE WHEN kind <> 'event' THEN {type} END AS type,
            count(*) AS n, min(ts) AS first_seen, max(ts) AS last_seen,
            min(left(value::VARCHAR, {raw})) AS low, max(left(value::VARCHAR, {raw})) AS high,
            arg_max(left(value::VARCHAR, {raw}), ts) AS newest
        FROM pairs
        WHERE length(name) BETWEEN 1 AND {longest} AND NOT (kind = 'property' AND name IN {operations})
        GROUP BY ALL
    ),
    names AS (
        SELECT kind, name, sum(n) AS n, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
            list(DISTINCT type) AS types, list(DISTINCT newest) || list(DISTINCT low) || list(DISTINCT high) AS examples
        FROM grouped GROUP BY kind, name
    ),
    ranked AS (
        SELECT *, row_number() OVER (PARTITION BY kind ORDER BY n DESC, name) AS place,
            count(*) OVER (PARTITION BY kind) AS of_kind
        FROM names
    ),
    kept AS (SELECT * FROM ranked WHERE place <= {most} OR kind || ' ' || name IN (SELECT unnest($known::VARCHAR[]))),
    days AS (
        SELECT kind, name, list({{day: day, n: n}}) AS days
        FROM (SELECT kind, name, day, sum(n) AS n FROM grouped WHERE day >= $oldest GROUP BY ALL) GROUP BY kind, name
    ),
    events AS (
        SELECT kind, name,
            list_slice(list({{name: event_name, n: n}} ORDER BY n DESC, event_name), 1, {events}) AS events
        FROM (SELECT kind, name, event_name, sum(n) AS n FROM grouped WHERE kind <> 'event' GROUP BY ALL)
        GROUP BY kind, name
    )
    SELECT kind, name, first_seen, last_seen, days, types, list_slice(list_sort(examples), 1, {seen}), events, of_kind
    FROM kept LEFT JOIN days USING (kind, name) LEFT JOIN events USING (kind, name) ORDER BY kind, place
"""


class Counted(msgspec.Struct, frozen=True):
    """What some rows say of one name. `days`: UTC day → events, the last ones only; `events`: name → events."""

    kind: str
    name: str
    first_seen: datetime
    last_seen: datetime
    days: dict[str, int]
    types: list[str]
    examples: list[str]
    events: dict[str, int]


def count(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    known: Iterable[tuple[str, str]],
    today: date,
    values: dict[str, Any],
    sample: int | None = None,
) -> tuple[list[Counted], set[str]]:
    """What the rows of `source` (a FROM clause with its WHERE, `values` bound) say of names, and the kinds of which
    some were left out: beyond MOST of a kind only those that are `known` are told of.

    `sample`: properties are read of so many rows only, at random.
    """
    statement = STATEMENT.format(
        source=source,
        looked_at=f"SELECT * FROM e USING SAMPLE {int(sample)} ROWS" if sample else "SELECT * FROM e",
        traits=TRAITS,
        profiles=PROFILE_EVENTS,
        type=TYPE,
        raw=RAW,
        longest=LONGEST_NAME,
        operations=traits.OPERATIONS,
        most=MOST,
        events=EVENTS,
        seen=EXAMPLES_SEEN,
    )
    bound = {**values, "known": [f"{kind} {name}" for kind, name in known], "oldest": oldest_day(today)}
    rows = connection.execute(statement, bound).fetchall()
    kinds = {kind for kind, *_, of_kind in rows if of_kind > MOST}
    return [_counted(*row[:-1]) for row in rows], kinds


def _counted(
    kind: str,
    name: str,
    first_seen: datetime,
    last_seen: datetime,
    days: list[dict[str, Any]] | None,
    types: list[str | None],
    examples: list[str | None],
    events: list[dict[str, Any]] | None,
) -> Counted:
    texts = [example(raw) for raw in examples if raw and raw != "null"]
    return Counted(
        kind=kind,
        name=name,
        first_seen=first_seen.replace(tzinfo=UTC),
        last_seen=last_seen.replace(tzinfo=UTC),
        days={each["day"].isoformat(): int(each["n"]) for each in days or ()},
        types=sorted(each for each in types if each),
        examples=[text for text in dict.fromkeys(texts) if text][:EXAMPLES],
        events={each["name"]: int(each["n"]) for each in events or ()},
    )


def example(raw: str) -> str:
    """A value's JSON, perhaps cut, as a person reads it."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return raw.removeprefix('"')[:LONGEST]
    return (value if isinstance(value, str) else raw)[:LONGEST]
