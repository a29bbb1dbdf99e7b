"""The large tenant's events as segments, by the real cutter; and small tenants beside it."""

from __future__ import annotations

import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from events.segments import files, manifest
from events.segments.cut import cut
from events.segments.merge import merge
from tenants.models import Tenant
from tenants.scope import operator_scope


@dataclass(frozen=True, slots=True)
class Cut:
    """What cutting and merging took, in seconds, and what came of it, in bytes and files."""

    rows: int
    cut_s: float
    merge_s: float
    size: int
    files: int

    @property
    def rate(self) -> float:
        return self.rows / self.cut_s

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def cut_again(postgres: psycopg.Connection[Any], tenant_id: uuid.UUID) -> Cut:
    """Forget the tenant's segments and cut all of its rows."""
    forget(postgres, tenant_id)
    began = time.monotonic()
    rows = cut(tenant_id, wait=True)
    cut_s = time.monotonic() - began
    merge(tenant_id, wait=True)
    merge_s = time.monotonic() - began - cut_s
    with manifest.maintenance(tenant_id, wait=True) as connection:
        live = manifest.live(connection, tenant_id)
    _delete_replaced(tenant_id, {files.absolute(segment["path"]) for segment in live})
    return Cut(rows, cut_s, merge_s, sum(segment["size"] for segment in live), len(live))


def forget(postgres: psycopg.Connection[Any], tenant_id: uuid.UUID) -> None:
    postgres.execute("DELETE FROM segments WHERE tenant_id = %s", [tenant_id])
    postgres.execute("DELETE FROM watermarks WHERE tenant_id = %s", [tenant_id])
    _delete_replaced(tenant_id, set())


def _delete_replaced(tenant_id: uuid.UUID, kept: set[Path]) -> None:
    for path in files.folder(tenant_id).rglob("*.parquet"):
        if path not in kept:
            path.unlink()


def small_tenants(large: uuid.UUID, count: int, events: int) -> list[uuid.UUID]:
    """Tenants with the large one's first events as their own, in segments. Made once.

    Their rows stand in no table: a question reads PostgreSQL's only behind the watermark.
    """
    with operator_scope():
        known = list(Tenant.objects.filter(name__startswith="Small ").order_by("name").values_list("id", flat=True))
        if len(known) >= count:
            return known[:count]
        made = [Tenant.objects.create_named(f"Small {number:03}").id for number in range(len(known), count)]
    with manifest.maintenance(large) as connection:
        source = files.parquet_list([segment["path"] for segment in manifest.live(connection, large)])
    with files.connect() as duck:
        duck.execute(
            f"CREATE TABLE few AS SELECT * FROM {source} WHERE actor % {count} = 0 ORDER BY seq LIMIT {events}"
        )
        for tenant_id in made:
            _give(duck, tenant_id)
    return [*known, *made]


def _give(duck: duckdb.DuckDBPyConnection, tenant_id: uuid.UUID) -> None:
    with manifest.maintenance(tenant_id, wait=True) as connection:
        new = files.write(duck, tenant_id, "few")
        manifest.commit(connection, tenant_id, add=new, seq=max(file.max_seq for file in new), was=0)
