"""`{"kind": "sql"}`: a person's SELECT over the view `events`, in a child process (sandbox/).

    CREATE TABLE tail AS … the tail's CSV …          before the child is closed to all files but the segments
    CREATE TABLE links AS … raw actor → canonical …
    CREATE VIEW events AS SELECT …COLUMNS…, who FROM (segments ∪ tail) LEFT JOIN links

Answer: `{"columns": [{"name", "type"}], "rows": [[…]], "truncated", "limits": {"rows", "seconds", "memory_mb",
"offline"}}`; `offline`: the system, too, keeps the child from the network.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from events.query.asking import Asking
from events.query.properties import pointer
from events.query.relation import SegmentUnreadable, tail_source
from events.query.sandbox import pool
from events.query.types import Sql
from events.segments import files
from events.segments.files import spill_folder
from obc_analytics.errors import BadRequest

ROWS, BYTES, SECONDS, MEMORY_MB = 10_000, 8 * 2**20, 10.0, 800
LIMITS = {"rows": ROWS, "seconds": SECONDS, "memory_mb": MEMORY_MB, "megabytes": BYTES // 2**20}

# what people see: name, type, what it is; and where it comes from when the relation calls it otherwise
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("event_id", "VARCHAR", "The sender's id of the event: one event, one id."),
    ("event_name", "VARCHAR", "What happened."),
    ("event_category", "VARCHAR", "A group of events, where the sender names one."),
    ("timestamp", "TIMESTAMP", "When it happened, in UTC."),
    ("who", "UBIGINT", "The person: one number for all ids that belong together. Count people with it."),
    ("distinct_id", "VARCHAR", "The id as the client sent it: the user's when known, else the device's."),
    ("user_id", "UUID", "The user, once known."),
    ("device_id", "VARCHAR", "The browser's or app's own id."),
    ("session_id", "VARCHAR", "The visit, as the client counts it."),
    ("properties", "VARCHAR", "JSON; one of them is (properties->>'$.plan')."),
    ("page_url", "VARCHAR", "Where it happened."),
    ("path", "VARCHAR", "The path of page_url, without its query."),
    ("host", "VARCHAR", "The host of page_url."),
    ("referrer", "VARCHAR", "The page before."),
    ("referring_domain", "VARCHAR", "The host of the referrer."),
    ("browser", "VARCHAR", "The browser's name."),
    ("os", "VARCHAR", "The operating system."),
    ("device_type", "VARCHAR", "desktop, mobile or tablet."),
    ("country", "VARCHAR", "The country, where it is known."),
    ("user_agent", "VARCHAR", "As the browser calls itself."),
    ("device_info", "VARCHAR", "JSON of what the client told of the device."),
    ("correlation_id", "VARCHAR", "Joins events with what the server did."),
    ("batch_id", "VARCHAR", "The request that brought it."),
    ("created_at", "TIMESTAMP", "When it was received, in UTC."),
    ("seq", "BIGINT", "The order of ingestion."),
    ("id", "UUID", "The server's own id."),
)
BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SOURCES = {"timestamp": "ts", "created_at": "received", "who": "coalesce(links.who, rows.actor)", "id": "rows.id"}


def answer(asking: Asking, question: Sql) -> dict[str, Any]:
    """The builder. Raises BadRequest with the engine's words, SegmentUnreadable, and what pool.ask raises."""
    ticket = asking.relation.ticket
    with tempfile.NamedTemporaryFile(prefix="links-", suffix=".parquet", dir=spill_folder()) as links:
        job = _job(asking, question, Path(links.name))
        if ticket.place:
            ticket.place.leave()  # the child works now, and has a place of its own: the engine is for other questions
        found = pool.ask(job, ticket, SECONDS)
    if "error" not in found:
        offline = found.pop("offline", False)
        return {**found, "limits": {"rows": ROWS, "seconds": SECONDS, "memory_mb": MEMORY_MB, "offline": offline}}
    if found["kind"] == "unreadable":
        raise SegmentUnreadable
    raise BadRequest(found["error"], path="$.sql")


def expression(name: str) -> str:
    """How a statement reads a property as text. In brackets, since `->>` binds weaker than a comparison; by pointer
    (RFC 6901) where the name has signs that a path would read otherwise."""
    path = f"$.{name}" if BARE.fullmatch(name) else pointer(name)
    return "(properties->>'" + path.replace("'", "''") + "')"


def _job(asking: Asking, question: Sql, links: Path) -> dict[str, Any]:
    state = asking.relation.snapshot
    actors = asking.relation.actors
    quoted = str(links).replace("'", "''")
    if actors:
        asking.rows(f"COPY (SELECT actor, who FROM {actors}) TO '{quoted}' (FORMAT parquet)")
    paths = [str(files.absolute(file.path)) for file in state.files]
    known = (
        f"read_parquet('{quoted}')" if actors else "(SELECT NULL::UBIGINT AS actor, NULL::UBIGINT AS who WHERE false)"
    )
    setup = [
        f"CREATE TABLE tail AS SELECT * FROM {tail_source(state)}",
        f"CREATE TABLE links AS SELECT * FROM {known}",
        f"CREATE VIEW events AS SELECT {_selected()} FROM {asking.relation.source()} AS rows"
        " LEFT JOIN links ON links.actor = rows.actor",
    ]
    return {"sql": question.sql, "setup": setup, "paths": paths, "rows": ROWS, "bytes": BYTES, "memory_mb": MEMORY_MB}


def _selected() -> str:
    return ", ".join(f"{SOURCES.get(name, name)} AS {name}" for name, _, _ in COLUMNS)
