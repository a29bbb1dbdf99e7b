"""Clean: replaced files after a grace, files that no manifest names, and work that a killed process left behind."""

from __future__ import annotations

import stat
import time
import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.timezone import now

from events.models import Segment
from events.segments import files
from tenants.scope import tenant_scope

GRACE = timedelta(minutes=10)  # longer than the longest question, which may still read a replaced file
ORPHAN_AGE = timedelta(hours=6)  # longer than the longest cut, whose files no manifest names yet


def clean(tenant_id: uuid.UUID) -> int:
    """Delete what nobody needs any more; the number of files."""
    with tenant_scope(tenant_id):
        gone = list(Segment.objects.filter(tenant_id=tenant_id, replaced_at__lt=now() - GRACE))
    for segment in gone:
        files.absolute(segment.path).unlink(missing_ok=True)
    with tenant_scope(tenant_id):
        Segment.objects.filter(tenant_id=tenant_id, id__in=[segment.id for segment in gone]).delete()
        named = set(Segment.objects.filter(tenant_id=tenant_id).values_list("path", flat=True))
    orphans = [
        path
        for path in _old_files(files.folder(tenant_id))
        if path.relative_to(settings.DATA_DIR).as_posix() not in named
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(gone) + len(orphans)


def clean_spill() -> int:
    """Delete what questions, cuts and DuckDB spilled and nobody wrote to for long; the number of files.

    Each deletes its own when it ends, by an error too; kill -9 leaves it, and DuckDB leaves a dead process's.
    """
    left = _old_files(settings.DATA_DIR / "tmp")
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _old_files(folder: Path) -> list[Path]:
    oldest = time.time() - ORPHAN_AGE.total_seconds()
    if not folder.is_dir():
        return []
    return [path for path in folder.rglob("*") if _modified(path, oldest) < oldest]


def _modified(path: Path, otherwise: float) -> float:
    """When a file was written to; `otherwise` for a folder, and for what its owner deleted meanwhile."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return otherwise
    return found.st_mtime if stat.S_ISREG(found.st_mode) else otherwise
