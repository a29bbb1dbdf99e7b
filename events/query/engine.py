"""DuckDB in process: bounded in number, memory and time, and free again at once when a question ends.

At most RUNNING questions run; a few more wait. An interrupt that comes before its statement starts is
lost, so the clock interrupts again and again until the question is over. A question whose client has gone
(obc_analytics/waiting.py) is interrupted as one that is cancelled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import duckdb
from django.conf import settings

from events.query.places import Place, Places
from obc_analytics import waiting
from obc_analytics.errors import ObcError, TooSlow

RUNNING = 2
WAIT_S = 10.0
LIMIT_S = 20.0
MEMORY = "1200MB"
INTERRUPT_EVERY_S = 0.05

_instance: duckdb.DuckDBPyConnection | None = None
_instance_lock = threading.Lock()
forgetting: list[Callable[[], None]] = []  # of those who keep names of tables in it
places = Places(RUNNING, "Too many questions are being answered; ask again.")


class Cancelled(ObcError):
    """Nobody waits for the answer any more."""

    code, status = "cancelled", 499  # as nginx numbers it; who closed the connection does not read it


class Ticket:
    """A handle by which a question in progress can be cancelled; the end of its client's connection cancels it, too.

    `place` is what the question holds of the engine; who works on outside of it leaves it early.
    """

    place: Place | None = None

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.deadline = time.monotonic() + limit_s
        self._cancelled = threading.Event()
        self._gone = waiting.gone()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set() or self._gone.is_set()

    @property
    def is_over(self) -> bool:
        return self.is_cancelled or time.monotonic() >= self.deadline

    def check(self) -> None:
        """Raises Cancelled and TooSlow when the question is not to be worked on any more."""
        if self.is_over:
            raise Cancelled if self.is_cancelled else TooSlow


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


def forget() -> None:
    """The next question opens a new one, and what was kept of this one's tables is made again."""
    global _instance
    with _instance_lock:
        _instance = None
    for each in forgetting:
        each()


@contextmanager
def cursor(ticket: Ticket | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one question, interrupted at its deadline or when it is cancelled.

    Raises Overloaded when no place comes free, TooSlow at the deadline and Cancelled.
    """
    ticket = ticket or Ticket()
    ticket.check()
    ticket.place = place = places.take(WAIT_S, ticket.check)
    try:
        with closing(instance().cursor()) as connection, _watched(connection, ticket):
            try:
                yield connection
            except duckdb.InterruptException:
                raise Cancelled if ticket.is_cancelled else TooSlow from None
            except duckdb.OutOfMemoryException:
                raise TooSlow("The question needs too much memory.") from None
            except (duckdb.FatalException, duckdb.InternalException):  # DuckDB answers nothing after one
                forget()
                raise
    finally:
        place.leave()


@contextmanager
def _watched(connection: duckdb.DuckDBPyConnection, ticket: Ticket) -> Iterator[None]:
    """The connection stays open until the watcher has ended: to interrupt a closed one is an error in its thread."""
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
        if ticket.is_over:
            connection.interrupt()
        over.wait(INTERRUPT_EVERY_S)
