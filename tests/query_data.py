"""Made-up rows opened as a relation, without PostgreSQL: thousands of questions in seconds.

A row is a dict: `who` (the distinct id), `name`, `ts` (UTC), and optionally `seq`, `properties` (a dict),
`session`, `device`, `category`, `url`, `referrer`, `user_id` (a UUID), `device_info` (a dict).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from events.cohorts.references import Known
from events.cohorts.types import parse_definition
from events.identity import resolve
from events.query import asking
from events.query.asking import NONE, Asking
from events.query.relation import Relation, open_relation
from events.query.snapshot import Snapshot
from events.query.types import AnyQuestion, parse_question
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
    state = Snapshot(TENANT.id, 0, 0, len(links), 0, (), None, len(rows), len(rows))
    try:
        yield Relation(connection, state, map_of(connection, links), "links" if links else None)
    finally:
        connection.close()


def map_of(connection: duckdb.DuckDBPyConnection, links: Sequence[dict[str, Any]]) -> str | None:
    if not links:
        return None
    connection.execute(f"CREATE TEMP TABLE links ({resolve.LOG})")
    connection.executemany(
        "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, '')",
        [
            (version, link["kind"], link["source"], link["target"], link["ts"].replace(tzinfo=None), link["event_id"])
            for version, link in enumerate(links, 1)
        ],
    )
    resolve.build(connection, "links", len(links), "actors")
    return "actors"


def asking_of(
    relation: Relation,
    question: AnyQuestion,
    now: datetime,
    tenant: TenantConfig = TENANT,
    cohorts: Mapping[uuid.UUID, Known] = NONE,
) -> Asking:
    return asking.asking_of(relation, tenant, question, now, cohorts)


def cohort(definition: dict[str, Any] | None = None, *members: str, number: int = 1) -> dict[uuid.UUID, Known]:
    """What `asking_of` takes: a cohort of this definition, or without one a static one, under uuid.UUID(int=number)."""
    id_ = uuid.UUID(int=number)
    parsed = None if definition is None else parse_definition(definition)
    return {id_: Known(id_, f"cohort {number}", 1, parsed, lambda: list(members))}


def question_of(**fields: Any) -> Any:
    return parse_question(fields)


def content(tenant: Any) -> list[tuple[Any, ...]]:
    """All rows of a tenant, as its questions see them now."""
    with open_relation(tenant.id) as relation:
        return relation.connection.execute(f"SELECT * FROM {relation.source()} ORDER BY seq").fetchall()
