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
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from events.segments import columns, files, manifest, promoted
from events.segments.copying import copy_rows

MAX_ROWS = 100_000  # of a slice: 80 MB of CSV, mostly
MAX_WIDE = 48 << 20  # bytes of its long columns: written raw, 90 MB of them in wide rows needed more than 333 MB
AT_ONCE = 3  # two cores are never without work then; record 3 has the figures

NEXT_SEQ = """
SELECT min(seq), max(seq), count(*) FROM (
    SELECT seq FROM analytics_events WHERE tenant_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
) AS next_rows
"""

# bytes of a row's long columns, the mean of rows found at random places: to ask all of them takes half as long as COPY
WIDTH = """
SELECT coalesce(avg(found.width), 0)::float8
FROM (
    SELECT %(first)s + floor(random() * (%(upto)s - %(first)s + 1))::bigint AS seq FROM generate_series(1, 64)
) AS place, LATERAL (
    SELECT octet_length(properties::text) + octet_length(coalesce(device_info::text, ''))
         + octet_length(coalesce(page_url, '')) + octet_length(coalesce(referrer, '')) AS width
    FROM analytics_events AS event
    WHERE tenant_id = %(tenant_id)s AND event.seq >= place.seq AND event.seq <= %(upto)s
    ORDER BY event.seq LIMIT 1
) AS found
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """So many rows of a tenant with above < seq <= upto; the first of them is further up where others' lie between."""

    tenant_id: uuid.UUID
    above: int
    first: int
    upto: int
    rows: int

    def write(self, connection: psycopg.Connection[Any], *, raw: bool = False) -> Written:
        """The rows as segment files. Raises RuntimeError when rows are missing from them or too many.

        Rows that are too wide to be held together are written in halves.
        """
        try:
            return Written(self.upto, self.rows, self._write(connection, raw))
        except duckdb.OutOfMemoryException:
            if self.rows == 1:
                raise
        halves = _of_rows(connection, self.tenant_id, self.above, self.upto, (self.rows + 1) // 2)
        made = [file for half in halves for file in half.write(connection, raw=raw).files]
        return Written(self.upto, self.rows, made)

    def _write(self, connection: psycopg.Connection[Any], raw: bool) -> list[files.NewFile]:
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
        return made


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
    for each in _of_rows(connection, tenant_id, above, upto, max_rows):
        parts = ceil(each.rows / _most_rows(connection, each))
        size = ceil(each.rows / parts)
        yield from [each] if parts == 1 else _of_rows(connection, tenant_id, each.above, each.upto, size)


def _of_rows(
    connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, max_rows: int
) -> Iterator[Slice]:
    rows = max_rows
    while rows == max_rows:
        first, last, rows = connection.execute(NEXT_SEQ, [tenant_id, above, upto, max_rows]).fetchone() or (0, 0, 0)
        if rows:
            yield Slice(tenant_id, above, first, last, rows)
            above = last


def _most_rows(connection: psycopg.Connection[Any], each: Slice) -> int:
    """How many rows as wide as those of this slice are one."""
    (width,) = connection.execute(WIDTH, asdict(each)).fetchone() or (0,)
    return max(1, int(MAX_WIDE / max(width, 1)))


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
