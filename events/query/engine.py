"""DuckDB in process: bounded in number, memory and time, and free again at once when a question ends.

At most RUNNING questions run; a few more wait. An interrupt that comes before its statement starts is
lost, so the clock interrupts again and again until the question is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from django.conf import settings

from obc_analytics.errors import Overloaded, TooSlow

RUNNING = 2
WAIT_S = 10.0
LIMIT_S = 20.0
MEMORY = "1200MB"
INTERRUPT_EVERY_S = 0.05

_instance: duckdb.DuckDBPyConnection | None = None
_instance_lock = threading.Lock()
_places = threading.BoundedSemaphore(RUNNING)


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


class Ticket:
    """A handle by which a question in progress can be cancelled."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.deadline = time.monotonic() + limit_s
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


def instance() -> duckdb.DuckDBPyConnection:
    """This process's DuckDB. It keeps what it read of the files in memory, within its limit."""
    global _instance
    with _instance_lock:
        if _instance is None:
            spill = settings.DATA_DIR / "tmp"
            spill.mkdir(parents=True, exist_ok=True)
            _instance = duckdb.connect(
                config={
                    "memory_limit": MEMORY,
                    "threads": 2,
                    "preserve_insertion_order": False,
                    "temp_directory": str(spill),
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
            )
            _instance.execute("SET GLOBAL parquet_metadata_cache = true; SET GLOBAL TimeZone = 'UTC'")
        return _instance


@contextmanager
def cursor(ticket: Ticket | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one question, interrupted at its deadline or when it is cancelled.

    Raises Overloaded when no place comes free, TooSlow at the deadline and Cancelled.
    """
    ticket = ticket or Ticket()
    if not _places.acquire(timeout=max(0.0, min(WAIT_S, ticket.deadline - time.monotonic()))):
        raise Overloaded("Too many questions are being answered; ask again.", retry_after=5)
    try:
        connection = instance().cursor()
        with _watched(connection, ticket):
            try:
                yield connection
            except duckdb.InterruptException:
                raise Cancelled if ticket.cancelled.is_set() else TooSlow from None
            except duckdb.OutOfMemoryException:
                raise TooSlow("The question needs too much memory: narrow its range, filters or breakdown.") from None
            finally:
                connection.close()
    finally:
        _places.release()


@contextmanager
def _watched(connection: duckdb.DuckDBPyConnection, ticket: Ticket) -> Iterator[None]:
    over = threading.Event()
    watcher = threading.Thread(target=_interrupt_late, args=(connection, ticket, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _interrupt_late(connection: duckdb.DuckDBPyConnection, ticket: Ticket, over: threading.Event) -> None:
    while not over.is_set():
        late = time.monotonic() >= ticket.deadline or ticket.cancelled.is_set()
        if late:
            connection.interrupt()
        over.wait(INTERRUPT_EVERY_S)
