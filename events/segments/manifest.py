"""The manifest's transactions: who may change it, and how a change is made whole."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from typing import Any

import psycopg
from psycopg import errors

from events import locks
from events.ingest.store import connection_parameters
from events.segments.files import NewFile

LOCK_TIMEOUT_MS = 200  # a queued exclusive lock stops the tenant's writers
LOCK_TRIES = 50

INSERT = """
INSERT INTO segments (id, path, month, rows, size, checksum, min_time, max_time, min_seq, max_seq,
                      tenant_id, created_at, damage)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now(), '')
"""
RETIRE = "UPDATE segments SET replaced_at = now() WHERE tenant_id = %s AND id = ANY(%s) AND replaced_at IS NULL"
ADVANCE = """
INSERT INTO watermarks AS known
    (id, tenant_id, seq, manifest_version, identity_version, erase_version, updated_at)
VALUES (gen_random_uuid(), %s, %s, 1, 0, 0, now())
ON CONFLICT (tenant_id) DO UPDATE
    SET seq = excluded.seq, manifest_version = known.manifest_version + 1, updated_at = now()
"""


class Busy(Exception):
    """Somebody else maintains this tenant's segments right now."""


class ManifestChanged(Exception):
    """The manifest is not as it was read: nothing was committed."""


def connect() -> psycopg.Connection[Any]:
    """A maintenance connection: the login, READ COMMITTED, each statement on its own; its reads may be long."""
    parameters = connection_parameters()
    parameters["options"] = "-c timezone=UTC -c synchronous_commit=on"
    parameters["application_name"] = "obc-segments"
    return psycopg.connect(**parameters, autocommit=True)


@contextmanager
def maintenance(tenant_id: uuid.UUID, *, wait: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A connection that holds the tenant's maintenance lock from first read to commit.

    The lock belongs to the connection that commits: when it is lost, so is the right to commit.
    Raises Busy unless told to wait.
    """
    connection = connect()
    try:
        key = locks.maintenance(tenant_id)
        if wait:
            connection.execute("SELECT pg_advisory_lock(%s)", [key])
        elif not _one(connection.execute("SELECT pg_try_advisory_lock(%s)", [key])):
            raise Busy
        yield connection
        # the server notices a closed connection a moment later, and whoever comes next would be told Busy
        with suppress(psycopg.OperationalError):
            connection.execute("SELECT pg_advisory_unlock(%s)", [key])
    finally:
        connection.close()


def settled_seq(connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> int:
    """The greatest seq such that every row of the tenant at or below it is committed.

    Takes the tenant's writing lock exclusively for an instant: no transaction that could still commit
    a lower seq is under way then. The lock is one statement and max(seq) the next: READ COMMITTED
    takes the second one's snapshot after the lock is held.
    """
    for _ in range(LOCK_TRIES):
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_TIMEOUT_MS)])
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.writing(tenant_id)])
                found = connection.execute("SELECT max(seq) FROM analytics_events WHERE tenant_id = %s", [tenant_id])
                return _one(found) or 0
        except errors.LockNotAvailable:
            time.sleep(0.05)  # let the writers that queued behind us pass
    raise Busy


def watermark(connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> int:
    found = connection.execute("SELECT seq FROM watermarks WHERE tenant_id = %s", [tenant_id])
    return _one(found) or 0


def live(connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> list[dict[str, Any]]:
    """The files of the tenant's manifest, oldest first."""
    cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
    cursor.execute("SELECT * FROM segments WHERE tenant_id = %s AND replaced_at IS NULL ORDER BY min_seq", [tenant_id])
    return cursor.fetchall()


def commit(
    connection: psycopg.Connection[Any],
    tenant_id: uuid.UUID,
    *,
    add: Sequence[NewFile],
    retire: Sequence[uuid.UUID] = (),
    seq: int,
    was: int,
) -> None:
    """Change the manifest and move the watermark from `was` to `seq`, in one transaction.

    Raises ManifestChanged, with nothing committed, when the manifest is not as it was read.
    """
    with connection.transaction():
        if watermark(connection, tenant_id) != was:
            raise ManifestChanged
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, [(*astuple(file), tenant_id) for file in add])
            cursor.execute(RETIRE, [tenant_id, list(retire)])
            if cursor.rowcount != len(retire):
                raise ManifestChanged
            cursor.execute(ADVANCE, [tenant_id, seq])


def _one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    return row[0] if row else None
