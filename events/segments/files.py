"""Rows → Parquet files: sorted by actor and time, one file a month, written aside and renamed whole."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from django.conf import settings

from events.segments import columns, promoted

MEMORY = "1GB"
MAX_MONTHS = 6
COLUMNS = ", ".join(columns.NAMES)
# sorted by actor, an actor's events lie together: funnels and retention group without a hash table
ORDER = "actor, ts, seq"
# figures in obc_analytics/docs/0003-segments-format.md: v2 packs differences of numbers, lz4 is read fastest
OPTIONS = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION lz4_raw, ROW_GROUP_SIZE 122880"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A finished file that no manifest names yet. Times are UTC; `path` is below the data folder."""

    id: uuid.UUID
    path: str
    month: date
    rows: int
    size: int
    checksum: str
    min_time: datetime
    max_time: datetime
    min_seq: int
    max_seq: int


def absolute(path: str) -> Path:
    return settings.DATA_DIR / path


def folder(tenant_id: uuid.UUID) -> Path:
    return settings.DATA_DIR / "segments" / str(tenant_id)


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own for one piece of writing; spills below the data folder, bounded in memory."""
    connection = duckdb.connect()
    spill = settings.DATA_DIR / "tmp"
    spill.mkdir(parents=True, exist_ok=True)
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET preserve_insertion_order = false")
    connection.execute("SET temp_directory = ?", [str(spill)])
    return connection


def write(connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, source: str) -> list[NewFile]:
    """Files for the rows of `source`, a FROM clause of projected rows; durable when it returns.

    One for each of the MAX_MONTHS fullest months (UTC), and one for all other months together: clients
    choose the times, and hostile ones could ask for hundreds of files.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cutting AS SELECT {COLUMNS} FROM {source}")
    months = connection.execute(
        "SELECT date_trunc('month', ts)::date AS m FROM cutting GROUP BY m ORDER BY count(*) DESC, m"
    ).fetchall()
    full = [month for (month,) in months[:MAX_MONTHS]]
    others = [month for (month,) in months[MAX_MONTHS:]]
    keys = promoted.choose(connection)
    made = [_write(connection, tenant_id, [month], keys) for month in full]
    if others:
        made.append(_write(connection, tenant_id, others, keys))
    connection.execute("DROP TABLE cutting")
    return made


def _write(connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, months: list[date], keys: list[str]) -> NewFile:
    month = min(months)
    id_ = uuid.uuid4()
    target = folder(tenant_id) / f"{month:%Y-%m}" / f"{id_}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    wanted = ", ".join(f"DATE '{each}'" for each in months)
    selection = f"cutting WHERE date_trunc('month', ts)::date IN ({wanted})"
    rows_sql, pointers = promoted.selection(keys, selection)
    connection.execute(f"COPY ({rows_sql} ORDER BY {ORDER}) TO '{_quoted(temporary)}' ({OPTIONS})", pointers)
    found = connection.execute(f"SELECT count(*), min(ts), max(ts), min(seq), max(seq) FROM {selection}").fetchone()
    assert found is not None
    rows, min_time, max_time, min_seq, max_seq = found
    size, checksum = measure(temporary)
    _sync(temporary)
    temporary.rename(target)
    for above in target.parents[:4]:  # up to the data folder: each of them may be new
        _sync(above)
    return NewFile(
        id=id_,
        path=target.relative_to(settings.DATA_DIR).as_posix(),
        month=month,
        rows=rows,
        size=size,
        checksum=checksum,
        min_time=min_time.replace(tzinfo=UTC),
        max_time=max_time.replace(tzinfo=UTC),
        min_seq=min_seq,
        max_seq=max_seq,
    )


def measure(path: Path) -> tuple[int, str]:
    """Size in bytes and BLAKE2b-256 of a file."""
    digest, size = hashlib.blake2b(digest_size=32), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def lacking(connection: duckdb.DuckDBPyConnection, path: str) -> frozenset[str]:
    """Derived columns that a file of an earlier version does not have. Raises duckdb.IOException."""
    return columns.DERIVED_NAMES - promoted.columns_of(connection, str(absolute(path)))


def rows_in(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> str:
    """A FROM clause over segment files, each with today's columns. Raises duckdb.IOException."""
    alike: dict[frozenset[str], list[str]] = {}
    for path in paths:
        alike.setdefault(lacking(connection, path), []).append(path)
    parts = [f"SELECT {COLUMNS} FROM {columns.completed(parquet_list(each), less)}" for less, each in alike.items()]
    return "(" + " UNION ALL ".join(parts) + ")"


def parquet_list(paths: list[str]) -> str:
    """A FROM clause over segment files; the names are ours, made of UUIDs."""
    return "read_parquet([" + ", ".join(f"'{_quoted(absolute(path))}'" for path in paths) + "])"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sync(path: Path) -> None:
    """Force a file, or a folder's entries, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
