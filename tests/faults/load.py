"""Clients that send numbered events while things break, and remember what was acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from typing import Any

from tests.live import LiveStack

STORED = {"ok", "warning", "duplicate"}
PATIENCE = 180.0  # seconds: only a bound, a busy machine answers some six times a second


class Load:
    """`clients` threads that send batches until `stop()`; each resends what was not acknowledged.

    `acked` holds the ids that an answer called stored. `answers` counts statuses, `lost` being a
    connection that broke. Bounded: at most `batches` batches a client.
    """

    def __init__(self, stack: LiveStack, clients: int = 4, size: int = 20, batches: int = 2_000) -> None:
        self.acked: set[str] = set()
        self.sent: set[str] = set()
        self.answers: Counter[Any] = Counter()
        self.retry_after_missing = 0
        self._stack, self._size, self._batches = stack, size, batches
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for_acks(self, more: int, seconds: float = PATIENCE) -> None:
        """Until so many more events were acknowledged."""
        goal, deadline = len(self.acked) + more, time.monotonic() + seconds
        while len(self.acked) < goal:
            assert time.monotonic() < deadline, f"no acks: {self.answers}"
            time.sleep(0.01)

    def wait_for_failures(self, more: int, seconds: float = PATIENCE) -> None:
        goal, deadline = self.failures + more, time.monotonic() + seconds
        while self.failures < goal:
            assert time.monotonic() < deadline, f"no failures: {self.answers}"
            time.sleep(0.01)

    @property
    def failures(self) -> int:
        return sum(count for status, count in self.answers.items() if status != 200)

    def _client(self, number: int) -> None:
        connection = None
        for batch in range(self._batches):
            waiting = {f"{number}-{batch}-{at}" for at in range(self._size)}
            self.sent |= waiting
            while waiting:
                if self._stop.is_set():
                    return
                try:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", self._stack.port, timeout=30)
                    waiting -= self._send(connection, waiting)
                except (OSError, http.client.HTTPException, ValueError):
                    self.answers["lost"] += 1
                    connection = None
                    time.sleep(0.05)

    def _send(self, connection: http.client.HTTPConnection, ids: set[str]) -> set[str]:
        events = [{"event_id": id_, "event_name": "load"} for id_ in sorted(ids)]
        path = f"/api/v1/analytics/batch?key={self._stack.write_key}"
        connection.request("POST", path, json.dumps({"events": events}), {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        results = body.get("results", {}) if answer.status == 200 else {}
        stored = {id_ for id_, verdict in results.items() if verdict["result"] in STORED}
        retried = answer.status in (429, 503) or len(stored) < len(results)
        self.answers[answer.status if len(stored) == len(ids) else f"{answer.status} retry"] += 1
        if retried:
            self.retry_after_missing += answer.getheader("Retry-After") is None
            time.sleep(0.05)
        self.acked |= stored
        return stored


def stored(stack: LiveStack) -> Counter[str]:
    """How often each event id stands in the table."""
    with stack.connect() as connection:
        return Counter(row[0] for row in connection.execute("SELECT event_id FROM analytics_events"))


def assert_exact(stack: LiveStack, load: Load) -> None:
    """Nothing acknowledged is missing, nothing stands twice, and the ledger agrees to the unit."""
    found = stored(stack)
    assert load.acked <= set(found)
    assert set(found) <= load.sent
    assert set(found.values()) <= {1}
    with stack.connect() as connection:
        row = connection.execute("SELECT coalesce(sum(count), 0) FROM ingest_outcomes WHERE outcome = 'ok'").fetchone()
    assert row and row[0] == len(found)
