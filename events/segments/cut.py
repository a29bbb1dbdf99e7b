"""Cut: committed rows above the watermark → new segment files.

A crash at any step leaves at most files that no manifest names; clean.py removes them.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

import psycopg

from events.segments import manifest, slices

LOOP_ABOVE = 5_000  # tail rows left that are worth another cut at once
ROUNDS = 8  # of them; where rows come as fast as they are cut, the other tenants and merging have their turn, too

log = logging.getLogger(__name__)


def cut(tenant_id: uuid.UUID, *, wait: bool = False, max_rows: int | None = None) -> int:
    """Move the tenant's committed tail into segments; the number of rows moved.

    Goes on while the tail is longer than LOOP_ABOVE, at most ROUNDS times. Raises Busy when the tenant is under
    maintenance.
    """
    moved = 0
    with manifest.maintenance(tenant_id, wait=wait) as connection:
        for _ in range(ROUNDS):
            rows = cut_upto(connection, tenant_id, manifest.settled_seq(connection, tenant_id), max_rows)
            moved += rows
            if not rows or not is_tail_long(connection, tenant_id):
                break
    return moved


def cut_upto(connection: psycopg.Connection[Any], tenant_id: uuid.UUID, limit: int, max_rows: int | None = None) -> int:
    """Cut the rows above the watermark and at most at `limit`, each slice committed; how many."""
    was, moved = manifest.watermark(connection, tenant_id), 0
    with slices.written(connection, tenant_id, was, limit, max_rows) as found:
        for part in found:
            manifest.commit(connection, tenant_id, add=part.files, seq=part.upto, was=was)
            log.info("Cut a tail into segments", extra={"rows": part.rows, "files": len(part.files)})
            was, moved = part.upto, moved + part.rows
    return moved


def is_tail_long(connection: psycopg.Connection[Any], tenant_id: uuid.UUID) -> bool:
    """Whether more than LOOP_ABOVE rows wait above the watermark. Never counts a long tail."""
    found = connection.execute(
        "SELECT true FROM analytics_events WHERE tenant_id = %s AND seq > %s ORDER BY seq OFFSET %s LIMIT 1",
        [tenant_id, manifest.watermark(connection, tenant_id), LOOP_ABOVE],
    )
    return found.fetchone() is not None
