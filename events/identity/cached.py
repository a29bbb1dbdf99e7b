"""A tenant's links in this process's DuckDB: read once, then only what is new.

Versions of the log become visible in order and its entries never change (events/identity/record.py). So the
entries up to a version are the same in every later snapshot, those missing here can be read at any time, and
the map of any version can be made from what is here.
"""

from __future__ import annotations

import tempfile
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from events.identity import resolve
from events.query import engine, snapshot
from events.segments.files import spill_folder

TENANTS = 200  # whose links are kept at hand
KEEP_S = 3 * engine.LIMIT_S  # a map may be in use for as long as a question

COPY_LOG = """
COPY (
    SELECT version, kind, source, target, timestamp AT TIME ZONE 'UTC', event_id, by FROM identity_links
    WHERE tenant_id = %s AND version > %s AND version <= %s
) TO STDOUT (FORMAT csv)
"""
READ_LOG = (
    "read_csv('{path}', columns = {{"
    + ", ".join(f"'{name}': '{type_}'" for name, type_ in map(str.split, resolve.LOG.split(", ")))
    + "}}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
    " nullstr = '', allow_quoted_nulls = false, parallel = false, strict_mode = true)"  # as segments/columns.py does
)


@dataclass(slots=True)
class Known:
    """What is at hand of a tenant's links. `maps`: by version, the table's name (None when it is empty) and
    when it was last asked for."""

    log: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    version: int = 0
    maps: dict[int, tuple[str | None, float]] = field(default_factory=dict)


_known: OrderedDict[tuple[uuid.UUID, int], Known] = OrderedDict()
_lock = threading.Lock()


def map_of(connection: duckdb.DuckDBPyConnection, state: snapshot.Snapshot) -> str | None:
    """The table of resolve.py for the snapshot's links; None when no id goes by another one's name."""
    version = state.identity_version
    if not version:
        return None
    known = _of_tenant(connection, state)
    with known.lock:
        if known.version < version:
            _read_on(connection, state, known)
        if version not in known.maps:
            _forget_old(connection, known)
            name = f"{known.log.replace('links', 'actors')}_{version}"
            connection.execute(f"DROP TABLE IF EXISTS {name}")
            rows = resolve.build(connection, known.log, version, name)
            known.maps[version] = (name if rows else None, 0)
        known.maps[version] = (known.maps[version][0], time.monotonic())
        return known.maps[version][0]


def log_of(state: snapshot.Snapshot) -> str | None:
    """The table of the tenant's log, once `map_of` was asked: entries above the snapshot's version may be in it."""
    return _log_name(state) if state.identity_version else None


def _log_name(state: snapshot.Snapshot) -> str:
    return f"links_{state.tenant_id.hex}_{state.erase_version}"


def _of_tenant(connection: duckdb.DuckDBPyConnection, state: snapshot.Snapshot) -> Known:
    key = (state.tenant_id, state.erase_version)
    with _lock:
        known = _known.get(key)
        if known is None:
            known = Known(_log_name(state))
            connection.execute(f"CREATE TABLE IF NOT EXISTS {known.log} ({resolve.LOG})")
            _known[key] = known  # once the table is there: an interrupt before leaves nothing that others rely on
        _known.move_to_end(key)
        if len(_known) > TENANTS:
            _drop(connection)
        return known


def _read_on(connection: duckdb.DuckDBPyConnection, state: snapshot.Snapshot, known: Known) -> None:
    """Add the entries that are missing. An interrupt leaves all of them or none: the table itself says which."""
    have = connection.execute(f"SELECT coalesce(max(version), 0) FROM {known.log}").fetchone()
    known.version = have[0] if have else 0
    if known.version < state.identity_version:
        with tempfile.NamedTemporaryFile(prefix="links-", suffix=".csv", dir=spill_folder()) as file:
            _copy(state, known.version, Path(file.name))
            connection.execute(f"INSERT INTO {known.log} SELECT * FROM {READ_LOG.format(path=file.name)}")
        known.version = state.identity_version


def _copy(state: snapshot.Snapshot, above: int, target: Path) -> None:
    with snapshot.reading(state.tenant_id) as reader, target.open("wb") as file:
        values = [state.tenant_id, above, state.identity_version]
        with reader.connection.cursor().copy(COPY_LOG, values) as copy:
            for block in copy:
                file.write(block)


def _forget_old(connection: duckdb.DuckDBPyConnection, known: Known) -> None:
    late = time.monotonic() - KEEP_S
    for version, (name, used) in list(known.maps.items()):
        if used < late:
            del known.maps[version]
            if name:
                connection.execute(f"DROP TABLE IF EXISTS {name}")


def _drop(connection: duckdb.DuckDBPyConnection) -> None:
    """The tenant asked for least lately goes, unless it was asked for just now."""
    key, known = next(iter(_known.items()))
    last = max((used for _, used in known.maps.values()), default=0.0)
    if last < time.monotonic() - KEEP_S and known.lock.acquire(blocking=False):
        try:
            del _known[key]
            for name in [known.log, *[name for name, _ in known.maps.values() if name]]:
                connection.execute(f"DROP TABLE IF EXISTS {name}")
        finally:
            known.lock.release()


def forget() -> None:
    """Begin anew: the tables of this process's DuckDB are made again when they are needed."""
    with _lock:
        _known.clear()


engine.forgetting.append(forget)
