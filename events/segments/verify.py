"""Verify: a flipped byte raises no error on reading, so each file is compared with its checksum."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import duckdb

from events.models import Segment
from events.segments import files
from tenants.scope import tenant_scope

CHANGED = "its content changed"  # found by this alone: questions refuse such a file once it is known


@dataclass(frozen=True, slots=True)
class Finding:
    segment_id: uuid.UUID
    path: str
    damage: str  # empty: whole


def verify(tenant_id: uuid.UUID) -> list[Finding]:
    """Compare every file of the tenant's manifest with it, and note there what is damaged."""
    with tenant_scope(tenant_id):
        segments = list(Segment.objects.filter(tenant_id=tenant_id, replaced_at=None).order_by("min_seq"))
    findings = [Finding(segment.id, segment.path, _damage(segment)) for segment in segments]
    for segment, finding in zip(segments, findings, strict=True):
        if segment.damage != finding.damage:
            with tenant_scope(tenant_id):
                Segment.objects.filter(tenant_id=tenant_id, id=segment.id).update(damage=finding.damage)
    return findings


def _damage(segment: Segment) -> str:
    path = files.absolute(segment.path)
    try:
        size, checksum = files.measure(path)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable: {error.strerror}"
    if size != segment.size:
        return f"{size} bytes instead of {segment.size}"
    if checksum != segment.checksum:
        return CHANGED
    try:
        with duckdb.connect() as duck:
            row = duck.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchone()
    except duckdb.Error as error:
        return f"unreadable: {error}"[:200]
    return "" if row and row[0] == segment.rows else "its row count differs"
