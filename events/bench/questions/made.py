"""Events by the million: a skeleton in DuckDB, strings around it, COPY into PostgreSQL. Minutes for ten million."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg

START = "2026-08-26"  # 90 days; the last is 2026-11-23
STAMP = "made.json"
CHUNK = 250_000  # rows of one COPY
COLUMNS = (
    "id, seq, event_id, tenant_id, user_id, distinct_id, device_id, session_id, event_name, event_category, properties,"
    " timestamp, page_url, referrer, user_agent, device_info, correlation_id, batch_id, created_at, processed_at"
)
OWN_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = 'analytics_events'::regclass
"""


@cache
def sql(name: str) -> str:
    """The text of `sql/<name>.sql` beside this file, without comments: `$` stands in some."""
    text = (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
    return re.sub(r"--.*", "", text)


def made_by() -> str:
    """Changes with what is made."""
    return hashlib.sha256((sql("made") + sql("rows")).encode()).hexdigest()


def stamp_of(folder: Path) -> dict[str, Any]:
    """What a run wrote when all was made; empty when none did, or one of other code."""
    path = folder / STAMP
    stamp: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return stamp if stamp.get("made_by") == made_by() else {}


def make(
    postgres: psycopg.Connection[Any], tenant_id: uuid.UUID, events: int, folder: Path, say: Callable[[str], None]
) -> float:
    """Fill `analytics_events` with the tenant's events; seconds it took.

    The table is not logged (a copy to measure on, not the facts) and its indexes come last. When this fails,
    the folder is of no use.
    """
    began = time.monotonic()
    with duckdb.connect() as duck:
        duck.execute("SET threads = 2; SET memory_limit = '4GB'; SET TimeZone = 'UTC'")
        duck.execute("SET temp_directory = ?", [str(folder)])
        _run(duck, sql("made"), {"events": events, "users": max(50, events // 50), "start": START})
        postgres.execute("ALTER TABLE analytics_events SET UNLOGGED")
        with (
            WithoutIndexes(postgres),
            tempfile.TemporaryDirectory(dir=folder) as aside,
            ThreadPoolExecutor(1) as copying,
        ):
            writing: Future[None] | None = None
            for number, csv in enumerate(_chunks(duck, tenant_id, events, Path(aside))):
                if writing:
                    writing.result()
                writing = copying.submit(_copy, postgres, csv)
                if number % 8 == 7:
                    say(f"{number * CHUNK:,} events after {time.monotonic() - began:.0f} s")
            assert writing
            writing.result()
    postgres.execute("SELECT setval('analytics_events_seq_seq', %s)", [events])
    postgres.execute("VACUUM (ANALYZE) analytics_events")
    return time.monotonic() - began


def _run(duck: duckdb.DuckDBPyConnection, script: str, values: dict[str, Any]) -> None:
    """Each statement of the script with the values that it names."""
    for statement in filter(str.strip, script.split(";")):
        duck.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})


def _chunks(duck: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, events: int, folder: Path) -> Iterator[Path]:
    """CSV files in turn; the one before the last is written over."""
    for number, first in enumerate(range(1, events + 1, CHUNK)):
        path = folder / f"made-{number % 2}.csv"
        values = {"first": first, "last": min(first + CHUNK - 1, events), "tenant": str(tenant_id)}
        duck.execute(f"COPY ({sql('rows')}) TO '{path}' (FORMAT csv, HEADER false)", values)
        yield path


def _copy(postgres: psycopg.Connection[Any], csv: Path) -> None:
    statement = f"COPY analytics_events ({COLUMNS}) FROM STDIN (FORMAT csv)"
    with csv.open("rb") as file, postgres.cursor() as cursor, cursor.copy(statement) as copying:  # type: ignore[call-overload]
        while block := file.read(1 << 20):
            copying.write(block)


class WithoutIndexes:
    """The table's indexes and keys are dropped, and made again at the end as they were."""

    def __init__(self, postgres: psycopg.Connection[Any]) -> None:
        self.postgres = postgres
        self.found: list[tuple[Any, ...]] = []

    def __enter__(self) -> None:
        self.found = self.postgres.execute(OWN_INDEXES).fetchall()
        for name, _, constraint, _ in self.found:
            self._run(
                f"ALTER TABLE analytics_events DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {name}"
            )

    def __exit__(self, *_: object) -> None:
        self._run("SET maintenance_work_mem = '1GB'")
        for _, definition, constraint, key in self.found:
            self._run(f"ALTER TABLE analytics_events ADD CONSTRAINT {constraint} {key}" if constraint else definition)

    def _run(self, statement: str) -> None:
        """Names and definitions are the catalogue's own."""
        self.postgres.execute(statement.encode())
