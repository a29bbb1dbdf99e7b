"""Members of cohorts in this process's DuckDB, found once for all questions about the same moment.

A page asks several questions, and hiding one's own people puts the same cohort into each. Who is in it depends on the
cohort's version and the data's, and where days are counted on the zone and its date of today; not on the minute.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from events.query import engine

if TYPE_CHECKING:
    from events.cohorts.references import Known
    from events.query.asking import Asking

MOST = 20  # tables that are kept
KEEP_S = 3 * engine.LIMIT_S  # a table may be in use for as long as a question
Key = tuple[Any, ...]


@dataclass(slots=True)
class Table:
    """`name` is None until it is made, by whoever holds the lock first."""

    name: str | None = None
    used: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_tables: OrderedDict[Key, Table] = OrderedDict()
_lock = threading.Lock()
_numbers = count(1)


def table_of(asking: Asking, known: Known, statement: Callable[[], str]) -> str:
    """The name of the table of a statement's rows, made when there is none of this moment."""
    table = _of(key_of(asking, known))
    with table.lock:
        if table.name is None:
            name = f"members_{next(_numbers)}"
            asking.rows(f"CREATE TABLE {name} AS {statement()}")
            table.name = name
        table.used = time.monotonic()
    for name in _old():
        asking.rows(f"DROP TABLE IF EXISTS {name}")
    return table.name


def key_of(asking: Asking, known: Known) -> Key:
    state, zone = asking.relation.snapshot, asking.period.zone
    cohort = (state.tenant_id, known.id, known.version)
    if known.definition is None:  # only links say who its ids are
        return (*cohort, state.identity_version, state.erase_version)
    return (*cohort, zone.key, asking.now.astimezone(zone).date(), state.version)


def _of(key: Key) -> Table:
    with _lock:
        table = _tables.setdefault(key, Table(used=time.monotonic()))
        _tables.move_to_end(key)
        return table


def _old() -> list[str]:
    """Names of tables that nobody reads any more, the least lately used first."""
    late, found = time.monotonic() - KEEP_S, []
    with _lock:
        for key, table in list(_tables.items())[: max(0, len(_tables) - MOST)]:
            if table.used < late and table.lock.acquire(blocking=False):
                del _tables[key]
                found += [table.name] if table.name else []
                table.lock.release()
    return found


def forget() -> None:
    """Begin anew: tables are made again when they are needed."""
    with _lock:
        _tables.clear()


engine.forgetting.append(forget)
