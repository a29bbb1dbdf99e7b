"""Rebuild: damaged segments are made again from PostgreSQL, which holds the facts."""

from __future__ import annotations

import uuid

from events.segments import manifest, slices


def rebuild(tenant_id: uuid.UUID) -> int:
    """Make all segments of the tenant again, up to its watermark; the rows in them.

    Waits for other maintenance. Questions read the old files until the new ones are named, all at once.
    """
    with manifest.maintenance(tenant_id, wait=True) as connection:
        old = manifest.live(connection, tenant_id)
        end = manifest.watermark(connection, tenant_id)
        made, rows = [], 0
        with slices.written(connection, tenant_id, 0, end) as found:
            for part in found:
                made += part.files
                rows += part.rows
        retired = [segment["id"] for segment in old]
        manifest.commit(connection, tenant_id, add=made, retire=retired, seq=end, was=end)
    return rows
