"""The relation of a tenant: segments ∪ tail, as one FROM clause with the columns of segments/columns.py."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from events.identity import cached
from events.query import engine, snapshot
from events.segments import columns, files, verify
from events.segments import promoted as hot
from obc_analytics.errors import ObcError

NOTHING: Mapping[str, str] = {}
NONE: frozenset[str] = frozenset()
COLUMNS = ", ".join(columns.NAMES)
NOT_THE_FILES = (duckdb.InterruptException, duckdb.OutOfMemoryException)


class SegmentUnreadable(ObcError):
    """A segment file is missing or damaged; `manage.py segments rebuild` makes it again."""

    code, status = "segment_unreadable", 503


@dataclass(frozen=True, slots=True)
class Relation:
    """A snapshot opened in DuckDB: `source()` stands in a FROM clause, `connection` runs it.

    `actors`: a table of identity/resolve.py that maps raw actors to canonical ones; None without links.
    `log`: the table of the links themselves, those of later snapshots included; None without.
    `ticket`: for who works outside the engine, or beside it in Python.
    """

    connection: duckdb.DuckDBPyConnection
    snapshot: snapshot.Snapshot
    actors: str | None = None
    log: str | None = None
    ticket: engine.Ticket = field(default_factory=lambda: engine.Ticket(math.inf))
    shared: bool = False  # whether the connection is one of the engine's, where questions keep tables for others

    def source(
        self, since: datetime | None = None, until: datetime | None = None, promoted: Mapping[str, str] = NOTHING
    ) -> str:
        """Rows of the tenant as a subselect. Files wholly outside [since, until) are not opened; the
        caller's own WHERE decides about the rows. `promoted`: further columns, and how to make them of the
        others where a file lacks them. Derived columns that an earlier version's file lacks are made likewise."""
        wanted = [
            file
            for file in self.snapshot.files
            if (since is None or file.max_time >= since) and (until is None or file.min_time < until)
        ]
        if any(file.damage == verify.CHANGED for file in wanted):  # reading it would raise nothing
            raise SegmentUnreadable
        alike: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
        for file in wanted:
            there = self._columns_of(file.path)
            alike.setdefault((there.intersection(promoted), columns.DERIVED_NAMES - there), []).append(file.path)
        parts = [
            _part(columns.completed(files.parquet_list(paths), lacking), promoted, there)
            for (there, lacking), paths in alike.items()
        ]
        return "(" + " UNION ALL ".join([*parts, _part("tail", promoted, NONE)]) + ")"

    def promoted_among(self, names: Iterable[str]) -> set[str]:
        """Those that a file has a column for."""
        columns_of = {name: hot.column(name) for name in names}
        if not columns_of:
            return set()
        there = frozenset().union(*(self._columns_of(file.path) for file in self.snapshot.files))
        return {name for name, column in columns_of.items() if column in there}

    def _columns_of(self, path: str) -> frozenset[str]:
        return hot.columns_of(self.connection, str(files.absolute(path)))


def _part(source: str, promoted: Mapping[str, str], there: frozenset[str]) -> str:
    """The columns of the relation out of one kind of file, or of the tail."""
    more = "".join(f", {name}" if name in there else f", {made} AS {name}" for name, made in promoted.items())
    return f"SELECT {COLUMNS}{more} FROM {source}"


@contextmanager
def open_relation(tenant_id: uuid.UUID, ticket: engine.Ticket | None = None) -> Iterator[Relation]:
    """The tenant's rows as of now, the newest acknowledged event included. Raises what `opened` raises."""
    with snapshot.take(tenant_id) as state, opened(state, ticket) as relation:
        yield relation


@contextmanager
def opened(state: snapshot.Snapshot, ticket: engine.Ticket | None = None) -> Iterator[Relation]:
    """A snapshot in DuckDB. Raises SegmentUnreadable, never answers from fewer rows; and what
    engine.cursor() raises."""
    ticket = ticket or engine.Ticket()
    with engine.cursor(ticket) as connection:
        try:
            _load_tail(connection, state)
            yield Relation(
                connection, state, cached.map_of(connection, state), cached.log_of(state), ticket, shared=True
            )
        except NOT_THE_FILES:
            raise
        except duckdb.IOException as error:
            raise SegmentUnreadable from error
        except duckdb.Error as error:  # damage shows as any error: thrift's, of decompression, of JSON, a column's name
            if not any(finding.damage for finding in verify.verify(state.tenant_id)) and not _of_earlier_version(error):
                raise
            raise SegmentUnreadable from error


def _of_earlier_version(error: duckdb.Error) -> bool:
    """Whether a file lacks a column that can't be made of its others."""
    return isinstance(error, duckdb.BinderException) and any(
        f'column "{name}" not found' in str(error) for name in columns.NAMES
    )


def _load_tail(connection: duckdb.DuckDBPyConnection, state: snapshot.Snapshot) -> None:
    connection.execute(f"CREATE TEMP TABLE tail AS SELECT * FROM {tail_source(state)}")


def tail_source(state: snapshot.Snapshot) -> str:
    if state.tail is None:
        empty = ", ".join(f"NULL::{type_} AS {name}" for name, type_, _ in columns.RAW)
        return f"(SELECT {columns.PROJECTION} FROM (SELECT {empty}) WHERE false)"
    return columns.rows_of(str(state.tail))
