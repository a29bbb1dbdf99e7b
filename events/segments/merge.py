"""Merge: the small files of a month → one, so that a question opens few files.

Files are merged by size class, each ten times the one before: a row is rewritten about once a class. What is left of
files that lack columns, raw ones and those of an earlier version, is written anew one by one. Files of wide rows are
no small files, however few their rows; and a group that memory is too short for is left without its larger half.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from typing import Any

import duckdb

from events.segments import columns, files, manifest

CLASSES = (20_000, 200_000, 2_000_000)  # rows; a file above the last is left as it is
AT_LEAST = 6  # files of one class and month that are worth merging
CROWD = 500  # files of the first class: more are merged whatever their months, which clients choose
WIDE = 1_000  # bytes of a file per row, of which
WIDE_ROW = 24  # so many count as a row: 48 MB are not small

log = logging.getLogger(__name__)


def merge(tenant_id: uuid.UUID, *, wait: bool = False) -> int:
    """Merge what is worth it; the number of files that were replaced. Raises Busy."""
    replaced, too_large = 0, set[uuid.UUID]()
    with manifest.maintenance(tenant_id, wait=wait) as connection:
        while group := _next([each for each in manifest.live(connection, tenant_id) if each["id"] not in too_large]):
            try:
                made = _written(tenant_id, [segment["path"] for segment in group])
            except duckdb.OutOfMemoryException:
                log.warning("Segments need too much memory to be merged", extra={"files": len(group)})
                by_size = sorted(group, key=lambda segment: segment["size"])
                too_large.update(segment["id"] for segment in by_size[len(group) // 2 :])
                continue
            if sum(file.rows for file in made) != sum(segment["rows"] for segment in group):
                raise RuntimeError("the merged files do not hold the rows of the old ones: nothing is changed")
            seq = manifest.watermark(connection, tenant_id)
            retired = [segment["id"] for segment in group]
            manifest.commit(connection, tenant_id, add=made, retire=retired, seq=seq, was=seq)
            replaced += len(group)
    if replaced:
        log.info("Merged segments", extra={"files": replaced})
    return replaced


def _written(tenant_id: uuid.UUID, paths: list[str]) -> list[files.NewFile]:
    with files.connect() as duck:
        lacking = frozenset.intersection(*(files.lacking(duck, path) for path in paths)) & columns.UNFINISHED
        return files.write(duck, tenant_id, files.rows_in(duck, paths, lacking), lacking=lacking)


def _next(segments: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    if group := next(iter(worth_merging(segments)), None):
        return group
    with duckdb.connect() as duck:
        return next(([segment] for segment in segments if _is_old(duck, segment["path"])), None)


def _is_old(duck: duckdb.DuckDBPyConnection, path: str) -> bool:
    try:
        return bool(files.lacking(duck, path))
    except duckdb.Error:  # verify and rebuild are for this
        return False


def worth_merging(segments: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Groups of a month's files of one size class, the most numerous first."""
    if len(crowd := [segment for segment in segments if _rows(segment) < CLASSES[0]]) > CROWD:
        return [crowd]
    groups: dict[tuple[Any, int], list[dict[str, Any]]] = defaultdict(list)
    for segment in segments:
        size_class = next((number for number, rows in enumerate(CLASSES) if _rows(segment) < rows), None)
        if size_class is not None:
            groups[segment["month"], size_class].append(segment)
    found = [group for group in groups.values() if len(group) >= AT_LEAST]
    return sorted(found, key=len, reverse=True)


def _rows(segment: dict[str, Any]) -> int:
    """How many rows of the usual width are as much work."""
    rows, size = segment["rows"], segment["size"]
    return size // WIDE_ROW if size > rows * WIDE else rows
