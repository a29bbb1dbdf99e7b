"""What people's SQL may be: one SELECT over `events` and names of its own. Judged by the engine's own parser.

The engine refuses files, settings and extensions by itself (child.py); this keeps its catalogue, which names
paths, out of sight, and says so in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

TABLE = "events"
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row"})
# what tells of the engine or its settings, or writes to its logs
REFUSED = frozenset({"current_setting", "write_log", "getenv", "parse_path", "parse_filename", "parse_dirpath"})
PREFIXES = ("duckdb_", "pragma_", "pg_", "sqlite_", "json_execute", "json_serialize", "json_deserialize")


class Refused(Exception):
    """The statement is none that may be asked; the text says why."""


def check(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Raises Refused, and duckdb.Error for what does not parse."""
    statements = connection.extract_statements(text)
    if len(statements) != 1:
        raise Refused(f"One statement at a time; there are {len(statements)}.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Refused("Only SELECT is answered here.")
    found = connection.execute("SELECT json_serialize_sql($sql::VARCHAR)", {"sql": text}).fetchone()
    tree = json.loads(found[0]) if found else {"error": True}
    if tree.get("error"):
        raise Refused("Only SELECT is answered here.")
    parts = list(_parts(tree))
    own = {TABLE} | {name.lower() for part in parts for name in _ctes(part)}
    # outside of its WITH such a name would mean the engine's own
    if taken := sorted((own - {TABLE}) & _catalogue(connection)):
        raise Refused(f"{taken[0][:100]!r} is a name of the engine's own; call it something else.")
    for part in parts:
        _check_part(part, own)


def _catalogue(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names that mean the engine's own views wherever they stand without a schema."""
    found = connection.execute(
        "SELECT lower(view_name) FROM duckdb_views() WHERE internal AND schema_name <> 'information_schema'"
    ).fetchall()
    return {name for (name,) in found}


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a parse tree, without recursion: people nest deeper than Python may."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _ctes(part: dict[str, Any]) -> list[str]:
    listed = part.get("cte_map")
    named = [each["key"] for each in listed.get("map", [])] if isinstance(listed, dict) else []
    return named + ([part["cte_name"]] if isinstance(part.get("cte_name"), str) else [])


def _check_part(part: dict[str, Any], own: set[str]) -> None:
    kind = part.get("type")
    if kind == "BASE_TABLE":
        path = [part.get("catalog_name"), part.get("schema_name"), part.get("table_name")]
        name = ".".join(filter(None, path))
        if any(path[:2]) or name.lower() not in own:
            raise Refused(f"There is one table, {TABLE}; {name[:100]!r} is none.")
    elif kind == "SHOW_REF" and not part.get("query"):
        raise Refused(f"There is one table, {TABLE}: DESCRIBE SELECT * FROM {TABLE} shows its columns.")
    elif kind == "TABLE_FUNCTION":
        name = str((part.get("function") or {}).get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            raise Refused(f"The table function {name[:100]}() is not available; there is one table, {TABLE}.")
    elif part.get("class") == "FUNCTION" or "function_name" in part:
        name = str(part.get("function_name", "")).lower()
        if name in REFUSED or name.startswith(PREFIXES):
            raise Refused(f"The function {name[:100]}() is not available.")
