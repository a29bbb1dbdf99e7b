"""So many may work at once; the others wait, and are let in in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from obc_analytics.errors import Overloaded

LOOK_EVERY_S = 0.05


class Places:
    def __init__(self, number: int, busy: str) -> None:
        """`busy` is what those are told who waited in vain."""
        self.free = number
        self._busy = busy
        self._queue: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def take(self, within: float, check: Callable[[], None]) -> Place:
        """A place, waited for at most `within` seconds. Raises Overloaded, and what `check` raises meanwhile."""
        mine = threading.Event()
        with self._lock:
            if self.free:
                self.free -= 1
                return Place(self)
            self._queue.append(mine)
        until = time.monotonic() + within
        try:
            while not mine.wait(LOOK_EVERY_S):
                check()
                if time.monotonic() >= until:
                    raise Overloaded(self._busy, retry_after=5)
        except BaseException:
            self._abandon(mine)
            raise
        return Place(self)

    def _abandon(self, mine: threading.Event) -> None:
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
                return
        self.give_back()  # it was let in at the last moment

    def give_back(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self.free += 1


class Place:
    def __init__(self, places: Places) -> None:
        self._places: Places | None = places

    def leave(self) -> None:
        """Once, however often it is called."""
        places, self._places = self._places, None
        if places is not None:
            places.give_back()
