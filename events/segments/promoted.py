"""Promoted properties: keys that many rows of a file have stand in it as text columns, beside the JSON.

A column is named after a hash of its key: no name of a client's becomes part of a statement. Files differ in
what they promote; relation.py asks `columns_of` and reads the JSON where a file has no column.
"""

from __future__ import annotations

import hashlib

import duckdb

PREFIX = "p_"
SAMPLE = 20_000  # rows that are looked at
ANYWHERE = f"USING SAMPLE {SAMPLE} ROWS"
FIRST = f"LIMIT {SAMPLE}"  # of rows in order of seq, which nobody sorted: the rest of a CSV file need not be read
SHARE = 0.01  # of them that have the key
LENGTH = 40  # characters on average: longer texts are read from the JSON
MOST = 24  # columns of a file

REMEMBERED = 10_000  # files; one never changes
_columns: dict[str, frozenset[str]] = {}

KEYS = """
WITH looked_at AS (SELECT properties FROM {source} {sample}),
pairs AS (SELECT unnest(json_keys(properties)) AS key, properties FROM looked_at)
SELECT key FROM pairs
GROUP BY key
HAVING count(*) >= {share} * (SELECT count(*) FROM looked_at)
   AND avg(length(json_extract_string(properties, '/' || replace(replace(key, '~', '~0'), '/', '~1')))) <= {length}
ORDER BY count(*) DESC, key LIMIT {most}
"""


def pointer(name: str) -> str:
    """RFC 6901: `->>` with the bare name would read `$x`, `/y`, `*` and the empty name otherwise."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def column(key: str) -> str:
    return PREFIX + hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def choose(connection: duckdb.DuckDBPyConnection, source: str, sample: str = ANYWHERE) -> list[str]:
    """Keys of the rows of `source`, a FROM clause, that are worth a column."""
    statement = KEYS.format(source=source, sample=sample, share=SHARE, length=LENGTH, most=MOST)
    return [key for (key,) in connection.execute(statement).fetchall()]


def selection(keys: list[str], source: str) -> tuple[str, list[str]]:
    """A SELECT of the source's columns and the promoted ones, and the values it binds: their JSON pointers.

    One list of pointers reads a row's JSON once, however many there are.
    """
    if not keys:
        return f"SELECT * FROM {source}", []
    found = ", ".join(f"found[{at}] AS {column(key)}" for at, key in enumerate(keys, 1))
    wanted = ", ".join("?" * len(keys))
    inner = f"SELECT *, json_extract_string(properties, [{wanted}]) AS found FROM {source}"
    return f"SELECT * EXCLUDE (found), {found} FROM ({inner})", [pointer(key) for key in keys]


def columns_of(connection: duckdb.DuckDBPyConnection, path: str) -> frozenset[str]:
    """All columns of a file. Raises duckdb.IOException."""
    known = _columns.get(path)
    if known is None:
        rows = connection.execute("SELECT name FROM parquet_schema(?)", [path]).fetchall()
        known = frozenset(name for (name,) in rows)
        if len(_columns) >= REMEMBERED:
            _columns.clear()
        _columns[path] = known
    return known
