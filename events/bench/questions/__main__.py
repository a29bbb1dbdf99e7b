"""`python -m events.bench.questions '{"events": …}'`: the measurements, as one line of JSON on standard output.

A process of its own, because settings are read once, at the start. Progress goes to standard error.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obc_analytics.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

import events.segments  # noqa: E402
from events.bench.figures import Row, Table  # noqa: E402
from events.bench.questions import cutting, made, measured  # noqa: E402
from events.bench.questions.clickhouse import ABSENT, ClickHouse, installed  # noqa: E402
from events.bench.questions.postgres import PostgreSQL  # noqa: E402
from events.segments import manifest  # noqa: E402
from tenants.auth import TenantConfig  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.scope import operator_scope  # noqa: E402

Stamp = dict[str, Any]


def main(wanted: dict[str, Any]) -> list[Table]:
    folder = Path(settings.DATA_DIR)
    call_command("migrate", interactive=False, verbosity=0)
    with manifest.connect() as postgres:
        stamp = filled(postgres, folder, wanted["events"])
        tenant = tenant_of(uuid.UUID(stamp["tenant"]))
        peers, notes = peers_of(postgres, folder, tenant, stamp, wanted["postmaster"])
        busy = measured.Busy(wanted["postmaster"], peers)
        rows = measured.questions(tenant, peers, say)
        notes.insert(0, f"Others' processor time meanwhile: {busy.others()} of one core.")
        tables = [Table(f"Questions over {wanted['events']:,} events", rows, notes), kept(postgres, peers, stamp)]
        for peer in peers:
            peer.close()
        each = max(1, wanted["events"] // wanted["tenants"])
        small = [tenant_of(id_) for id_ in cutting.small_tenants(tenant.id, wanted["tenants"], each)]
        say("tail, tenants")
        tables.append(Table("Freshness", [measured.tail(small[0], postgres), measured.tail(tenant, postgres)]))
        tables.append(Table(f"{len(small)} tenants of {each:,} events", measured.many_tenants(small)))
    return tables


def filled(postgres: psycopg.Connection[Any], folder: Path, events: int) -> Stamp:
    """What the folder holds, made now as far as it is not there."""
    stamp: Stamp = made.stamp_of(folder)
    if not stamp:
        with operator_scope():
            tenant = Tenant.objects.create_named("Bench")
        fill_s = made.make(postgres, tenant.id, events, folder, say)
        stamp = {"made_by": made.made_by(), "tenant": str(tenant.id), "fill_s": fill_s}
    if not postgres.execute("SELECT true FROM analytics_events LIMIT 1").fetchone():
        raise SystemExit(f"The table was emptied by a crash; remove {folder}.")  # it is not logged
    if stamp.get("cut_by") != cut_by():
        say("cutting")
        stamp["cut"] = cutting.cut_again(postgres, uuid.UUID(stamp["tenant"])).as_dict()
        stamp["cut_by"] = cut_by()
    (folder / made.STAMP).write_text(json.dumps(stamp))
    return stamp


def cut_by() -> str:
    """Changes with the code of segments."""
    sources = sorted(Path(events.segments.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def tenant_of(tenant_id: uuid.UUID) -> TenantConfig:
    return TenantConfig(tenant_id, "bench", "Bench")


def peers_of(
    postgres: psycopg.Connection[Any], folder: Path, tenant: TenantConfig, stamp: Stamp, postmaster: int
) -> tuple[list[measured.Peer], list[str]]:
    say("peers: indexes, tables")
    peers: list[measured.Peer] = [PostgreSQL(postgres, tenant.id, postmaster)]
    if not installed():
        say(ABSENT)
        return peers, [ABSENT]
    clickhouse = ClickHouse(folder / "chdb", folder / "segments" / str(tenant.id), stamp["cut_by"])
    return [*peers, clickhouse], [f"chDB {clickhouse.version}."]


def kept(postgres: psycopg.Connection[Any], peers: list[measured.Peer], stamp: Stamp) -> Table:
    """How the events were cut, and what they take up."""
    cut = cutting.Cut(**stamp["cut"])
    table = postgres.execute("SELECT pg_table_size('analytics_events')").fetchone()
    assert table
    rows: list[Row] = [
        {"what": "cutting", "goal": "≥ 150,000 rows/s", "rows/s": round(cut.rate), "seconds": cut.cut_s},
        {"what": "merging", "seconds": cut.merge_s, "files": cut.files},
        {"what": "segments", "bytes an event": cut.size / cut.rows},
        {"what": "PostgreSQL's table, without indexes", "bytes an event": table[0] / cut.rows},
    ]
    rows += [
        {"what": "chDB", "bytes an event": peer.size() / cut.rows} for peer in peers if isinstance(peer, ClickHouse)
    ]
    note = f"Events made and written to PostgreSQL in {stamp['fill_s']:.0f} s, when the folder was new."
    return Table("Segments", rows, [note])


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    found = main(json.loads(sys.argv[1]))
    print(json.dumps([{"title": t.title, "rows": t.rows, "notes": t.notes} for t in found]))
