"""Rows → Parquet files, one a month, written aside and renamed whole.

A finished file is sorted by actor and time, and has the columns that questions like to read. A raw one has rows in
any order and what PostgreSQL keeps of them, and nothing but the actor beside: it is written in half the time, while
a backlog waits. Questions make of it what it lacks (relation.py), and merge.py finishes it.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from django.conf import settings

from events.segments import columns, promoted

MEMORY_MB = 1000
MAX_MONTHS = 6
OWN_SHARE, OWN_ROWS = 1 / 12, 20_000  # of a file's rows, or so many: with fewer a month has no file of its own
COLUMNS = ", ".join(columns.NAMES)
# sorted by actor, an actor's events lie together: funnels and retention group without a hash table
ORDER = "actor, ts, seq"
MONTH = "date_trunc('month', ts)::date"
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


def connect(beside: int = 0) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own for one piece of writing; spills below the data folder, bounded in memory. It shares
    memory and cores with as many others `beside` it."""
    connection = duckdb.connect()
    threads = 1 if beside else 2
    # in order of insertion, a sorted file is written by all threads: each makes row groups of its own
    connection.execute(f"SET memory_limit = '{MEMORY_MB // (beside + 1)}MB'; SET threads = {threads}")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET temp_directory = ?", [str(spill_folder())])
    return connection


def spill_folder() -> Path:
    folder = settings.DATA_DIR / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write(
    connection: duckdb.DuckDBPyConnection,
    tenant_id: uuid.UUID,
    source: str,
    *,
    lacking: frozenset[str] = frozenset(),
    sample: str = promoted.ANYWHERE,
) -> list[NewFile]:
    """Files for the rows of `source`, a FROM clause of projected rows; durable when it returns.

    `lacking`: derived columns that the source does not have; they are made after the sort, of the others. `sample`:
    how to find rows whose properties tell which to promote.
    """
    names = ", ".join(name for name in columns.NAMES if name not in lacking)
    keys = promoted.choose(connection, source, sample)
    in_order = columns.completed(f"(SELECT {names} FROM {source} ORDER BY {ORDER})", lacking)
    return _written(connection, tenant_id, *promoted.selection(keys, in_order))


def write_raw(connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, source: str) -> list[NewFile]:
    """Raw files for the rows of `source`, a FROM clause of rows without the columns UNFINISHED; durable likewise."""
    return _written(connection, tenant_id, f"SELECT * FROM {source}")


def _written(
    connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, rows_sql: str, values: Sequence[str] = ()
) -> list[NewFile]:
    """All rows go into one file in a single pass, as if they were of one month, and mostly they are. If not, that
    file is divided: one for each of the fullest months (UTC), at most MAX_MONTHS, and one for all other months
    together: clients choose the times, and hostile ones could ask for hundreds of files."""
    whole = _temporary(tenant_id)
    connection.execute(*_copy(whole, rows_sql, values))
    months = _months(connection, whole)
    enough = min(sum(months.values()) * OWN_SHARE, OWN_ROWS)
    own = [month for month, rows in months.items() if rows >= enough][:MAX_MONTHS]
    others = [month for month in months if month not in own]
    if len(months) == 1 or (months and not own):
        return [_finish(connection, tenant_id, whole)]
    made = [_part(connection, tenant_id, whole, [month]) for month in own]
    if others:
        made.append(_part(connection, tenant_id, whole, others))
    whole.unlink()
    return made


def _temporary(tenant_id: uuid.UUID) -> Path:
    folder(tenant_id).mkdir(parents=True, exist_ok=True)
    return folder(tenant_id) / f"{uuid.uuid4()}.tmp"


def _copy(target: Path, rows_sql: str, values: Sequence[str] = ()) -> tuple[str, Sequence[str]]:
    """The statement that writes the rows to a file, and the values it binds."""
    return f"COPY ({rows_sql}) TO '{_quoted(target)}' ({OPTIONS})", values


def _read(path: Path) -> str:
    return f"read_parquet('{_quoted(path)}')"


def _months(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[date, int]:
    """How many of a file's rows each month has, the fullest first."""
    found = connection.execute(f"SELECT {MONTH} AS m, count(*) FROM {_read(path)} GROUP BY m ORDER BY 2 DESC, m")
    return dict(found.fetchall())


def _part(connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, whole: Path, months: list[date]) -> NewFile:
    """A file of those months' rows, in the order of the whole."""
    temporary = _temporary(tenant_id)
    wanted = ", ".join(f"DATE '{month}'" for month in months)
    connection.execute(*_copy(temporary, f"SELECT * FROM {_read(whole)} WHERE {MONTH} IN ({wanted})"))
    return _finish(connection, tenant_id, temporary)


def _finish(connection: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID, temporary: Path) -> NewFile:
    """Make a written file durable, under its last name. What is said of it is read from it."""
    found = connection.execute(
        f"SELECT count(*), min(ts), max(ts), min(seq), max(seq) FROM {_read(temporary)}"
    ).fetchone()
    assert found is not None
    rows, min_time, max_time, min_seq, max_seq = found
    month = min_time.date().replace(day=1)
    size, checksum = measure(temporary)
    _sync(temporary)
    target = folder(tenant_id) / f"{month:%Y-%m}" / f"{temporary.stem}.parquet"
    target.parent.mkdir(exist_ok=True)
    temporary.rename(target)
    for above in target.parents[:4]:  # up to the data folder: each of them may be new
        _sync(above)
    return NewFile(
        id=uuid.UUID(temporary.stem),
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


def rows_in(connection: duckdb.DuckDBPyConnection, paths: list[str], without: frozenset[str] = frozenset()) -> str:
    """A FROM clause over segment files, each with today's columns, but those `without`. Raises duckdb.IOException."""
    alike: dict[frozenset[str], list[str]] = {}
    for path in paths:
        alike.setdefault(lacking(connection, path) - without, []).append(path)
    names = ", ".join(name for name in columns.NAMES if name not in without)
    parts = [f"SELECT {names} FROM {columns.completed(parquet_list(each), less)}" for less, each in alike.items()]
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
