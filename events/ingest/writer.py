"""Group commit: threads that take what is queued, commit it in one transaction, and answer.

Natural batching, no timer: while one transaction commits, the next batch gathers. No caller can end a
writer's thread, and the writer never sends rows again by itself: what was not stored is answered
`retry`, and the sender decides.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import Future

import psycopg
from django.conf import settings

from events import metrics
from events.ingest.job import Job
from events.ingest.outcomes import Receipt
from events.ingest.queue import JobQueue
from events.ingest.store import NotStored, Session

MAX_ROWS = 2_000  # of one transaction: larger ones are no faster and hold a cut longer
TOUCH_SECONDS = 60.0

log = logging.getLogger(__name__)


class Writer:
    def __init__(self, threads: int, max_events: int, max_bytes: int) -> None:
        self._queue = JobQueue(max_events, max_bytes)
        self._wanted = threads
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._touched: dict[uuid.UUID, float] = {}
        self.failing_since: float | None = None  # monotonic; None while transactions succeed

    def start(self) -> None:
        """Start the threads that are missing: all of them at first, a dead one later."""
        with self._lock:
            if self._stopping:
                return
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            while len(self._threads) < self._wanted:
                thread = threading.Thread(target=self._run, name=f"writer-{len(self._threads)}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def submit(self, job: Job) -> Future[Receipt]:
        """Queue the job; its future gets the receipt after COMMIT. Raises Overloaded; never waits."""
        if not self.alive():
            self.start()
        self._queue.put(job)
        return job.future

    def alive(self) -> bool:
        return len(self._threads) == self._wanted and all(thread.is_alive() for thread in self._threads)

    def healthy(self) -> bool:
        """Whether its threads live and the last transaction succeeded."""
        return self.alive() and self.failing_since is None

    def queue_depth(self) -> int:
        """Events waiting or being written."""
        return self._queue.depth()

    def stop(self, timeout: float = 10.0) -> bool:
        """Refuse new work, finish what waits; whether all of it was finished in time."""
        self._stopping = True
        self._queue.close()
        finished = self._queue.wait_empty(timeout)
        for thread in self._threads:
            thread.join(timeout=1.0)
        return finished

    def _run(self) -> None:
        session = Session()
        while (taken := self._queue.take(MAX_ROWS)) is not None:
            # a caller that gave up before now is dropped here; later it can't cancel any more
            jobs = [job for job in taken if job.future.set_running_or_notify_cancel()]
            try:
                self._store(session, jobs)
            except BaseException:  # nothing may end this thread
                log.exception("The writer met an error nobody foresaw")
                session.close()
                self._answer_retry(jobs)
            finally:
                self._queue.done(taken)
        session.close()

    def _store(self, session: Session, jobs: list[Job]) -> None:
        if not jobs:
            return
        started = time.perf_counter()
        try:
            session.store(jobs)
        except (NotStored, psycopg.Error) as error:
            self._failed(error)
            self._answer_retry(jobs)
            return
        self.failing_since = None
        metrics.COMMIT.observe(time.perf_counter() - started)
        metrics.COMMIT_ROWS.observe(sum(len(job.rows) for job in jobs))
        for job in jobs:
            self._count(job)
            job.future.set_result(job.receipt())
        self._touch(session, jobs)

    def _failed(self, error: Exception) -> None:
        cause = error.__cause__ or error
        metrics.WRITE_FAILURES.labels(type(cause).__name__).inc()
        if self.failing_since is None:
            self.failing_since = time.monotonic()
            log.warning("Events can't be stored: %s", cause, extra={"error": type(cause).__name__})

    def _answer_retry(self, jobs: list[Job]) -> None:
        for job in jobs:
            if not job.future.done():
                job.future.set_result(job.retry())

    def _count(self, job: Job) -> None:
        outcomes = Counter(row.ledger[0] for row in job.rows if row.ledger)
        outcomes.update(line[0] for *_, line in job.refused)
        for outcome, count in outcomes.items():
            metrics.EVENTS.labels(job.sender.door, outcome).inc(count)

    def _touch(self, session: Session, jobs: list[Job]) -> None:
        """Note which keys were used, about once a minute each; it may fail without harm."""
        moment = time.monotonic()
        keys = {job.sender.key_id for job in jobs if job.sender.key_id}
        stale = [key for key in keys if moment - self._touched.get(key, -TOUCH_SECONDS) >= TOUCH_SECONDS]
        if not stale:
            return
        self._touched.update(dict.fromkeys(stale, moment))
        try:
            session.connection().execute("UPDATE tenants_apikey SET last_used_at = now() WHERE id = ANY(%s)", [stale])
            session.connection().commit()
        except psycopg.Error:
            session.close()


_writer: Writer | None = None
_writer_lock = threading.Lock()


def get_writer() -> Writer:
    """This process's writer, made at first use."""
    global _writer
    with _writer_lock:
        if _writer is None:
            ingest = settings.INGEST
            _writer = Writer(ingest["WRITER_THREADS"], ingest["QUEUE_EVENTS"], ingest["QUEUE_BYTES"])
            _writer.start()
        return _writer


def stop_writer(timeout: float = 10.0) -> bool:
    """Finish this process's writer, if it has one; a later use makes a new one."""
    global _writer
    with _writer_lock:
        writer, _writer = _writer, None
    return writer.stop(timeout) if writer else True
