"""One moment of one tenant: its manifest, watermark and tail, read in a single REPEATABLE READ transaction.

A row is either in a segment or in the tail, never in both or in none: cut and merge change the manifest
and the watermark together, and the snapshot sees both from before or both from after.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import errors, sql

from events.ingest.store import connection_parameters
from events.segments import columns, copying
from events.segments.files import spill_folder
from obc_analytics.errors import Overloaded

STATEMENT_TIMEOUT_MS = 20_000
LONGEST_TAIL = 2_000_000  # rows that a question reads out of PostgreSQL; a million took 20 s on two busy cores

STATE = """
SELECT coalesce(max(seq), 0), coalesce(max(manifest_version), 0), coalesce(max(identity_version), 0),
       coalesce(max(erase_version), 0)
FROM watermarks WHERE tenant_id = %s
"""
FILES = """
SELECT path, rows, min_time, max_time, damage FROM segments
WHERE tenant_id = %s AND replaced_at IS NULL ORDER BY min_seq, id
"""
TAIL_STATE = "SELECT count(*), coalesce(max(seq), 0) FROM analytics_events WHERE tenant_id = %s AND seq > %s"


class SegmentsBehind(Overloaded):
    """Too many new events wait to be cut into segments: ask again in a minute. See `manage.py segments status`."""

    code = "segments_behind"


@dataclass(frozen=True, slots=True)
class File:
    path: str
    rows: int
    min_time: datetime
    max_time: datetime
    damage: str = ""  # what the last verify found


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a question reads. `tail` is a CSV file of raw rows; None when there are none."""

    tenant_id: uuid.UUID
    watermark: int
    manifest_version: int
    identity_version: int
    erase_version: int
    files: tuple[File, ...]
    tail: Path | None
    tail_rows: int
    as_of_seq: int

    @property
    def version(self) -> tuple[int, ...]:
        """Equal versions give equal answers. `as_of_seq` alone is no key: a lower seq can commit later."""
        return (
            self.manifest_version,
            self.watermark,
            self.tail_rows,
            self.as_of_seq,
            self.erase_version,
            self.identity_version,
        )


class Reader:
    """A connection inside the snapshot's transaction, closed to all rows but the tenant's."""

    def __init__(self, connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> None:
        self.connection = connection
        self.tenant_id = tenant_id

    def state(self) -> Snapshot:
        """Everything but the tail's rows: enough to look into the result cache."""
        row = self.connection.execute(STATE, [self.tenant_id]).fetchone()
        assert row is not None
        watermark, manifest_version, identity_version, erase_version = row
        files = self.connection.execute(FILES, [self.tenant_id]).fetchall()
        tail = self.connection.execute(TAIL_STATE, [self.tenant_id, watermark]).fetchone()
        assert tail is not None
        return Snapshot(
            tenant_id=self.tenant_id,
            watermark=watermark,
            manifest_version=manifest_version,
            identity_version=identity_version,
            erase_version=erase_version,
            files=tuple(File(*file) for file in files),
            tail=None,
            tail_rows=tail[0],
            as_of_seq=max(watermark, tail[1]),
        )

    def copy_tail(self, watermark: int, target: Path) -> None:
        """Write the rows above the watermark to a CSV file. Raises SegmentsBehind when it takes too long."""
        statement = columns.COPY_OUT.format(where="tenant_id = %s AND seq > %s", target="STDOUT")
        try:
            copying.stream(self.connection, statement, target, [self.tenant_id, watermark])
        except errors.QueryCanceled as error:
            raise SegmentsBehind(retry_after=60) from error


@contextmanager
def reading(tenant_id: uuid.UUID) -> Iterator[Reader]:
    """A reader whose every look sees the same moment."""
    with _connect() as connection, connection.transaction():
        connection.execute(
            sql.SQL("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL app.tenant_id = {}").format(
                sql.Literal(str(uuid.UUID(str(tenant_id))))
            )
        )
        yield Reader(connection, tenant_id)


@contextmanager
def take(tenant_id: uuid.UUID, wanted: Callable[[Snapshot], bool] = lambda state: True) -> Iterator[Snapshot]:
    """A snapshot with its tail at hand; the tail's file is gone afterwards.

    `wanted` sees the snapshot before its tail is read: an answer may be known already. Raises SegmentsBehind.
    """
    with tempfile.NamedTemporaryFile(prefix="tail-", suffix=".csv", dir=spill_folder()) as file:
        with reading(tenant_id) as reader:
            state = reader.state()
            if state.tail_rows and wanted(state):
                if state.tail_rows > LONGEST_TAIL:
                    raise SegmentsBehind(retry_after=60)
                reader.copy_tail(state.watermark, Path(file.name))
                state = replace(state, tail=Path(file.name))
        yield state


def _connect() -> psycopg.Connection[Any]:
    """A connection in the application's role; row-level security binds it."""
    parameters = connection_parameters()
    parameters["options"] = (
        f"-c timezone=UTC -c role={settings.APP_ROLE} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS}"
    )
    parameters["application_name"] = "obc-query"
    return psycopg.connect(**parameters)
