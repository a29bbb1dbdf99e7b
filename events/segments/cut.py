"""Cut: committed rows above the watermark → new segment files.

A crash at any step leaves at most files that no manifest names; clean.py removes them.
"""

from __future__ import annotations

import logging
import tempfile
import uuid
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from events.segments import columns, files, manifest

MAX_ROWS = 500_000  # of one cut: bounds its memory and its temporary file
LOOP_ABOVE = 5_000  # tail rows left that are worth another cut at once

NEXT_SEQ = """
SELECT max(seq), count(*) FROM (
    SELECT seq FROM analytics_events WHERE tenant_id = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
) AS next_rows
"""

log = logging.getLogger(__name__)


def cut(tenant_id: uuid.UUID, *, wait: bool = False, max_rows: int = MAX_ROWS) -> int:
    """Move the tenant's committed tail into segments; the number of rows moved.

    Loops while the tail is longer than LOOP_ABOVE. Raises Busy when the tenant is under maintenance.
    """
    moved = 0
    with manifest.maintenance(tenant_id, wait=wait) as connection:
        while True:
            limit = manifest.settled_seq(connection, tenant_id)
            rows = cut_once(connection, tenant_id, limit, max_rows)
            moved += rows
            if rows == 0 or tail_length(connection, tenant_id) <= LOOP_ABOVE:
                return moved


def cut_once(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, limit: int, max_rows: int = MAX_ROWS) -> int:
    """One cut of rows above the watermark and at most at `limit`. Hold the maintenance lock around it."""
    start = manifest.watermark(connection, tenant_id)
    end, rows = connection.execute(NEXT_SEQ, [tenant_id, start, limit, max_rows]).fetchone() or (0, 0)
    if not rows:
        return 0
    with tempfile.NamedTemporaryFile(prefix="cut-", suffix=".csv", dir=spill_folder()) as csv:
        copied = copy_rows(connection, tenant_id, start, end, Path(csv.name))
        with files.connect() as duck:
            made = files.write(duck, tenant_id, columns.rows_of(csv.name))
    if copied != rows or sum(file.rows for file in made) != rows:
        raise RuntimeError(f"{rows} rows were to be cut, {copied} were read: nothing is changed")
    manifest.commit(connection, tenant_id, add=made, seq=end, was=start)
    log.info("Cut a tail into segments", extra={"rows": rows, "files": len(made)})
    return rows


def copy_rows(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, above: int, upto: int, target: Path) -> int:
    """Write the tenant's rows with above < seq <= upto to a CSV file; how many."""
    statement = columns.COPY_OUT.format(where="tenant_id = %s AND seq > %s AND seq <= %s")
    cursor = connection.cursor()
    with target.open("wb", columns.COPY_BUFFER) as file, cursor.copy(statement, [tenant_id, above, upto]) as copy:
        for block in copy:
            file.write(block)
    return cursor.rowcount


def tail_length(connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> int:
    found = connection.execute(
        "SELECT count(*) FROM analytics_events WHERE tenant_id = %s AND seq > %s",
        [tenant_id, manifest.watermark(connection, tenant_id)],
    ).fetchone()
    return found[0] if found else 0


def spill_folder() -> Path:
    folder = settings.DATA_DIR / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
