"""The writer's fixed SQL, from the named files beside it."""

from __future__ import annotations

from pathlib import Path

from events.ingest.rows import COLUMNS, COPY_INTO


def _read(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


BEGIN = _read("begin")
DRAW = _read("draw")
STAGING = _read("staging")
UNSTAGE = _read("unstage").format(columns=", ".join(COLUMNS))
QUARANTINE = _read("quarantine")
CLIENT = _read("client")
LEDGER = _read("ledger")
COPY_EVENTS = COPY_INTO.format(table="analytics_events")
COPY_STAGING = COPY_INTO.format(table="staging")
