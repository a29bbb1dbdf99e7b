"""Read: a tenant's rows in order of seq, slice by slice, each a CSV file; the next is read while the last is used.

PostgreSQL hands rows out on one core for about half as long as DuckDB takes to write them: one after the other
would leave a core idle. On disk there are two slices at most.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from events.segments import columns, files, manifest, promoted

MAX_ROWS = 250_000  # of a slice: sorting so many stays in memory; 200 MB of CSV

NEXT_SEQ = """
SELECT max(seq), count(*) FROM (
    SELECT seq FROM analytics_events WHERE tenant_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
) AS next_rows
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a tenant up to `upto`: as many as were counted, and as many as were copied to the file."""

    tenant_id: uuid.UUID
    upto: int
    rows: int
    copied: int
    path: Path

    def write(self) -> list[files.NewFile]:
        """The slice as segment files. Raises RuntimeError when rows are missing from them or too many."""
        with files.connect() as duck:
            source = columns.unfinished_rows_of(str(self.path))
            made = files.write(duck, self.tenant_id, source, lacking=columns.UNFINISHED, sample=promoted.FIRST)
        if self.copied != self.rows or sum(file.rows for file in made) != self.rows:
            raise RuntimeError(f"{self.rows} rows were to be written, {self.copied} were read: nothing is changed")
        return made


@contextmanager
def of(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int | None = None
) -> Iterator[Iterator[Slice]]:
    """The rows with above < seq <= upto in slices. Hold the maintenance lock around it; the slices after the first
    are read on a connection of their own, so that the one with the lock can commit meanwhile."""
    with closing(_all(connection, tenant_id, above, upto, max_rows or MAX_ROWS)) as found:
        yield found


def _all(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int
) -> Generator[Slice, None, None]:
    with _file() as one, _file() as other:
        current = _read(connection, tenant_id, above, upto, max_rows, one)
        if current is None or current.rows < max_rows:  # the usual cut: all of it, no thread
            yield from [current] if current else []
            return
        with manifest.connect() as ahead, ThreadPoolExecutor(1, "slices") as thread:
            try:
                while current:
                    one, other = other, one
                    following = thread.submit(_read, ahead, tenant_id, current.upto, upto, max_rows, one)
                    yield current
                    current = following.result()
            except BaseException:  # whoever uses the slices failed, or stopped: do not read on
                ahead.cancel_safe()
                raise


def _file() -> Any:
    return tempfile.NamedTemporaryFile(prefix="slice-", suffix=".csv", dir=files.spill_folder())


def _read(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int, file: Any
) -> Slice | None:
    last, rows = connection.execute(NEXT_SEQ, [tenant_id, above, upto, max_rows]).fetchone() or (0, 0)
    if not rows:
        return None
    path = Path(file.name)
    return Slice(tenant_id, last, rows, copy_rows(connection, tenant_id, above, last, path), path)


def copy_rows(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, target: Path) -> int:
    """Write the tenant's rows with above < seq <= upto to a CSV file; how many."""
    statement = columns.COPY_OUT.format(where="tenant_id = %s AND seq > %s AND seq <= %s")
    cursor = connection.cursor()
    with target.open("wb", columns.COPY_BUFFER) as file, cursor.copy(statement, [tenant_id, above, upto]) as copy:
        for block in copy:
            file.write(block)
    return cursor.rowcount
