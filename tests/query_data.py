"""Made-up rows opened as a relation, without PostgreSQL: thousands of questions in seconds.

A row is a dict: `who` (the distinct id), `name`, `ts` (UTC), and optionally `seq`, `properties` (a dict),
`session`, `device`, `category`, `url`, `referrer`, `user_id` (a UUID), `device_info` (a dict).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from events.identity import resolve
from events.query.asking import Asking, period_of
from events.query.relation import Relation
from events.query.snapshot import Snapshot
from events.query.types import AnyQuestion, Range, parse_question
from events.segments import columns
from tenants.auth import TenantConfig

TENANT = TenantConfig(uuid.UUID(int=7), "acme", "Acme")


def raw_row(number: int, row: dict[str, Any]) -> list[Any]:
    values = {
        "seq": row.get("seq", number),
        "event_id": row.get("event_id", f"e{number}"),
        "id": str(uuid.UUID(int=number + 1)),
        "ts": row["ts"].astimezone(UTC).replace(tzinfo=None),
        "received": row["ts"].astimezone(UTC).replace(tzinfo=None),
        "event_name": row["name"],
        "event_category": row.get("category"),
        "distinct_id": row["who"],
        "user_id": row.get("user_id"),
        "device_id": row.get("device"),
        "session_id": row.get("session"),
        "page_url": row.get("url"),
        "referrer": row.get("referrer"),
        "device_info": json.dumps(row["device_info"]) if row.get("device_info") else None,
        "properties": json.dumps(row.get("properties", {})),
    }
    return [values.get(name) for name, _, _ in columns.RAW]


@contextmanager
def relation_of(rows: Sequence[dict[str, Any]], links: Sequence[dict[str, Any]] = ()) -> Iterator[Relation]:
    """A relation whose tail holds these rows and that has no files. `links`: the log of identity links, dicts
    of `kind`, `source`, `target`, `ts` and `event_id`, versions 1, 2, …"""
    connection = duckdb.connect()
    raw = ", ".join(f"{name} {type_}" for name, type_, _ in columns.RAW)
    connection.execute(f"SET TimeZone = 'UTC'; CREATE TEMP TABLE raw ({raw})")
    if rows:
        marks = ", ".join("?" * len(columns.RAW))
        connection.executemany(
            f"INSERT INTO raw VALUES ({marks})", [raw_row(number, row) for number, row in enumerate(rows)]
        )
    connection.execute(f"CREATE TEMP TABLE tail AS SELECT {columns.PROJECTION} FROM raw")
    state = Snapshot(TENANT.id, 0, 0, 0, 0, (), None, len(rows), len(rows))
    try:
        yield Relation(connection, state, map_of(connection, links))
    finally:
        connection.close()


def map_of(connection: duckdb.DuckDBPyConnection, links: Sequence[dict[str, Any]]) -> str | None:
    if not links:
        return None
    connection.execute(f"CREATE TEMP TABLE links ({resolve.LOG})")
    connection.executemany(
        "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)",
        [
            (version, link["kind"], link["source"], link["target"], link["ts"].replace(tzinfo=None), link["event_id"])
            for version, link in enumerate(links, 1)
        ],
    )
    resolve.build(connection, "links", len(links), "actors")
    return "actors"


def asking_of(relation: Relation, question: AnyQuestion, now: datetime, tenant: TenantConfig = TENANT) -> Asking:
    range_: Range | None = getattr(question, "range", None)
    return Asking(
        relation=relation,
        tenant=tenant,
        now=now,
        period=period_of(range_, tenant, now),
        filters=getattr(question, "filters", ()),
    )


def question_of(**fields: Any) -> Any:
    return parse_question(fields)
