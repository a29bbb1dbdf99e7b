"""Tables in this process's DuckDB that several questions about the same moment need: made once, for all of them.

A page asks several questions, and hiding one's own people puts the same cohort into each, a filter by plan the same
traits. A key says all that the rows depend on; the clock's time is in none.
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
    from events.query.asking import Asking

MOST = 20  # tables that are kept
MOST_ROWS = 3_000_000  # in all of them together; the rows of traits have some 50 bytes
KEEP_S = 3 * engine.LIMIT_S  # a table may be in use for as long as a question
Key = tuple[Any, ...]


@dataclass(slots=True)
class Table:
    """`name` is None until it is made, by whoever holds the lock first."""

    name: str | None = None
    rows: int = 0
    used: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_tables: OrderedDict[Key, Table] = OrderedDict()
_lock = threading.Lock()
_numbers = count(1)


def table_of(asking: Asking, key: Key, statement: Callable[[], str]) -> str:
    """The name of the table of a statement's rows, made when there is none for the key."""
    table = _of(key)
    with table.lock:
        if table.name is None:
            name = f"shared_{next(_numbers)}"
            ((table.rows,),) = asking.rows(f"CREATE TABLE {name} AS {statement()}")
            table.name = name
        table.used = time.monotonic()
    for name in _old():
        asking.rows(f"DROP TABLE IF EXISTS {name}")
    return table.name


def _of(key: Key) -> Table:
    with _lock:
        table = _tables.setdefault(key, Table(used=time.monotonic()))
        _tables.move_to_end(key)
        return table


def _old() -> list[str]:
    """Names of tables that are too many and that nobody reads any more, the least lately used first."""
    late, found = time.monotonic() - KEEP_S, []
    with _lock:
        rows = sum(table.rows for table in _tables.values())
        for key, table in list(_tables.items()):
            if len(_tables) <= MOST and rows <= MOST_ROWS:
                break
            if table.used < late and table.lock.acquire(blocking=False):
                del _tables[key]
                rows -= table.rows
                found += [table.name] if table.name else []
                table.lock.release()
    return found


def forget() -> None:
    """Begin anew: tables are made again when they are needed."""
    with _lock:
        _tables.clear()


engine.forgetting.append(forget)
