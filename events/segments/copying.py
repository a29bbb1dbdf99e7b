"""A tenant's rows out of PostgreSQL into a CSV file, by the server itself where it can.

By way of libpq and Python a row costs twice as much. The data folder's own server can mostly write into it; a server
elsewhere could not, one of a system user must not (postgres_user.py), and one in a container of its own would write
into a folder of the same name. So each process tries it once for each server.
"""

from __future__ import annotations

import tempfile
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import errors, sql
from psycopg.abc import Query

from events.segments import columns, files
from obc_analytics import secrets_file

CANNOT = (errors.InsufficientPrivilege, errors.UndefinedFile)
_writing = threading.Lock()
_writes: dict[tuple[str, Path], bool] = {}  # by the server's socket and the data folder


def copy_rows(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, target: Path) -> int:
    """Write the tenant's rows with above < seq <= upto to a CSV file; how many."""
    statement = sql.SQL(columns.COPY_OUT)
    rows = sql.SQL("tenant_id = {} AND seq > {} AND seq <= {}").format(str(tenant_id), above, upto)
    if does_write_files(connection):
        return connection.execute(statement.format(where=rows, target=str(target))).rowcount
    return stream(connection, statement.format(where=rows, target=sql.SQL("STDOUT")), target)


def stream(connection: psycopg.Connection[Any], statement: Query, target: Path, values: Sequence[Any] = ()) -> int:
    """Write what a COPY to STDOUT hands out to a file; how many rows."""
    cursor = connection.cursor()
    with target.open("wb", columns.COPY_BUFFER) as file, cursor.copy(statement, values or None) as copy:
        for block in copy:
            file.write(block)
    return cursor.rowcount


def does_write_files(connection: psycopg.Connection[Any]) -> bool:
    """Whether this server is the data folder's own, and a file that it writes there is one that we can read."""
    host = connection.info.host
    if host != secrets_file.read(settings.DATA_DIR, secrets_file.EMBEDDED).get("host"):
        return False
    with _writing:
        server = host, settings.DATA_DIR
        if server not in _writes:
            _writes[server] = _wrote(connection)
        return _writes[server]


def _wrote(connection: psycopg.Connection[Any]) -> bool:
    with tempfile.NamedTemporaryFile(prefix="slice-", suffix=".csv", dir=files.spill_folder()) as file:
        try:
            connection.execute(sql.SQL("COPY (SELECT 1) TO {}").format(file.name))
        except CANNOT:
            return False
        return file.read() == b"1\n"
