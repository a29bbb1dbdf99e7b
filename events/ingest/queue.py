"""The writer's queue: bounded in events and bytes, counting jobs until they are answered."""

from __future__ import annotations

from collections import deque
from threading import Condition

from events import metrics
from events.ingest.job import Job
from obc_analytics.errors import Overloaded


class JobQueue:
    def __init__(self, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._jobs: deque[Job] = deque()
        self._events = 0
        self._bytes = 0
        self._open = True
        self._changed = Condition()

    def put(self, job: Job) -> None:
        """Raises Overloaded when the bounds are reached or the writer is stopping. Never waits."""
        with self._changed:
            if not self._open:
                raise Overloaded("The server is going down; send it again.", retry_after=5)
            full = self._events + job.weight > self._max_events or self._bytes + job.size > self._max_bytes
            if full and self._events:  # one request larger than the bound still passes an empty queue
                raise Overloaded(retry_after=2)
            self._jobs.append(job)
            self._count(job, 1)
            self._changed.notify()

    def take(self, max_rows: int) -> list[Job] | None:
        """What waits, up to `max_rows` rows but at least one job; None when closed and empty."""
        with self._changed:
            while not self._jobs:
                if not self._open:
                    return None
                self._changed.wait()
            taken = [self._jobs.popleft()]
            rows = taken[0].weight
            while self._jobs and rows + self._jobs[0].weight <= max_rows:
                job = self._jobs.popleft()
                rows += job.weight
                taken.append(job)
            return taken

    def done(self, jobs: list[Job]) -> None:
        """These were answered: their place is free again."""
        with self._changed:
            for job in jobs:
                self._count(job, -1)
            self._changed.notify_all()

    def close(self) -> None:
        """Take no more; what waits is still handed out."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def depth(self) -> int:
        """Events waiting or being written."""
        return self._events

    def wait_empty(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._events == 0, timeout)

    def _count(self, job: Job, sign: int) -> None:
        self._events += sign * job.weight
        self._bytes += sign * job.size
        metrics.QUEUE_EVENTS.set(self._events)
        metrics.QUEUE_BYTES.set(self._bytes)
