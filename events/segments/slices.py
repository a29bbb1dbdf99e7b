"""Slices: a tenant's rows in order of seq, out of PostgreSQL by way of a CSV file into segment files.

The usual cut is one slice. A backlog is more: AT_ONCE of its slices are worked on at a time, each by one thread, and
their files are raw (files.py). Sorting and finishing them takes as long as all the rest, and merge.py sorts again
anyhow.
"""

from __future__ import annotations

import tempfile
import uuid
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from events.segments import columns, files, manifest, promoted
from obc_analytics import secrets_file

MAX_ROWS = 100_000  # of a slice: 80 MB of CSV
AT_ONCE = 3  # two cores are never without work then; record 3 has the figures

NEXT_SEQ = """
SELECT max(seq), count(*) FROM (
    SELECT seq FROM analytics_events WHERE tenant_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
) AS next_rows
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """So many rows of a tenant with above < seq <= upto."""

    tenant_id: uuid.UUID
    above: int
    upto: int
    rows: int

    def write(self, connection: psycopg.Connection[Any], *, raw: bool = False) -> Written:
        """The rows as segment files. Raises RuntimeError when rows are missing from them or too many."""
        with tempfile.NamedTemporaryFile(prefix="slice-", suffix=".csv", dir=files.spill_folder()) as file:
            copied = copy_rows(connection, self.tenant_id, self.above, self.upto, Path(file.name))
            source = columns.raw_rows_of(file.name)
            with files.connect(beside=AT_ONCE - 1 if raw else 0) as duck:
                if raw:
                    made = files.write_raw(duck, self.tenant_id, source)
                else:
                    made = files.write(duck, self.tenant_id, source, lacking=columns.UNFINISHED, sample=promoted.FIRST)
        if copied != self.rows or sum(each.rows for each in made) != self.rows:
            raise RuntimeError(f"{self.rows} rows were to be written, {copied} were read: nothing is changed")
        return Written(self.upto, self.rows, made)


@dataclass(frozen=True, slots=True)
class Written:
    """A slice's files, which no manifest names yet."""

    upto: int
    rows: int
    files: list[files.NewFile]


@contextmanager
def written(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int | None = None
) -> Iterator[Iterator[Written]]:
    """The rows with above < seq <= upto as files, slice by slice in order. Hold the maintenance lock around it.

    Slices of a backlog are ahead of the one that is handed out, on connections of their own; files that nobody
    came to fetch are deleted.
    """
    with closing(_written(connection, tenant_id, above, upto, max_rows or MAX_ROWS)) as found:
        yield found


def _written(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int
) -> Generator[Written, None, None]:
    slices = _divided(connection, tenant_id, above, upto, max_rows)
    first, second = next(slices, None), next(slices, None)
    if first and second:
        yield from _backlog(chain([first, second], slices))
    elif first:
        yield first.write(connection)


def _divided(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int
) -> Iterator[Slice]:
    rows = max_rows
    while rows == max_rows:
        last, rows = connection.execute(NEXT_SEQ, [tenant_id, above, upto, max_rows]).fetchone() or (0, 0)
        if rows:
            yield Slice(tenant_id, above, last, rows)
            above = last


def _backlog(slices: Iterator[Slice]) -> Generator[Written, None, None]:
    started: deque[Future[Written]] = deque()
    with ThreadPoolExecutor(AT_ONCE, "slices") as threads:
        try:
            for each in slices:
                started.append(threads.submit(_write_raw, each))
                if len(started) > AT_ONCE:  # no thread waits for whoever commits
                    yield started.popleft().result()
            while started:
                yield started.popleft().result()
        finally:
            for future in started:
                if not future.cancel():
                    future.add_done_callback(_delete)


def _write_raw(each: Slice) -> Written:
    with manifest.connect() as connection:
        return each.write(connection, raw=True)


def _delete(future: Future[Written]) -> None:
    if not future.exception():
        for file in future.result().files:
            files.absolute(file.path).unlink(missing_ok=True)


def copy_rows(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, target: Path) -> int:
    """Write the tenant's rows with above < seq <= upto to a CSV file; how many.

    The data folder's own server writes the file itself: by way of libpq and Python a row costs twice as much. A
    server elsewhere could not, and it may run as a user who must not (postgres_user.py).
    """
    statement = sql.SQL(columns.COPY_OUT)
    rows = sql.SQL("tenant_id = {} AND seq > {} AND seq <= {}").format(str(tenant_id), above, upto)
    if connection.info.host == secrets_file.read(settings.DATA_DIR, secrets_file.EMBEDDED).get("host"):
        with suppress(psycopg.errors.InsufficientPrivilege):
            return connection.execute(statement.format(where=rows, target=str(target))).rowcount
    cursor = connection.cursor()
    copying = cursor.copy(statement.format(where=rows, target=sql.SQL("STDOUT")))
    with target.open("wb", columns.COPY_BUFFER) as file, copying as copy:
        for block in copy:
            file.write(block)
    return cursor.rowcount
