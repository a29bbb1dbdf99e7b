"""Rebuild: damaged segments are made again from PostgreSQL, which holds the facts."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from events.segments import columns, cut, files, manifest


def rebuild(tenant_id: uuid.UUID) -> int:
    """Make all segments of the tenant again, up to its watermark; the rows in them.

    Waits for other maintenance. Questions read the old files until the new ones are named, all at once.
    """
    with manifest.maintenance(tenant_id, wait=True) as connection:
        old = manifest.live(connection, tenant_id)
        end = manifest.watermark(connection, tenant_id)
        made, above, rows = [], 0, 0
        while part := _next_part(connection, tenant_id, above, end):
            made += part[0]
            above, rows = part[1], rows + part[2]
        retired = [segment["id"] for segment in old]
        manifest.commit(connection, tenant_id, add=made, retire=retired, seq=end, was=end)
    return rows


def _next_part(connection, tenant_id: uuid.UUID, above: int, end: int) -> tuple[list[files.NewFile], int, int] | None:
    last, rows = connection.execute(cut.NEXT_SEQ, [tenant_id, above, end, cut.MAX_ROWS]).fetchone()
    if not rows:
        return None
    with tempfile.NamedTemporaryFile(prefix="rebuild-", suffix=".csv", dir=cut.spill_folder()) as csv:
        copied = cut.copy_rows(connection, tenant_id, above, last, Path(csv.name))
        with files.connect() as duck:
            made = files.write(duck, tenant_id, columns.rows_of(csv.name))
    if copied != rows or sum(file.rows for file in made) != rows:
        raise RuntimeError(f"{rows} rows were to be written, {copied} were read: nothing is changed")
    return made, last, rows
