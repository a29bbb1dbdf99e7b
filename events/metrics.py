"""What /metrics shows of events and of questions. Tenants are not labels: their number is not bounded."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("obc_events_total", "Events by door and outcome", ["door", "outcome"])
REFUSED = Counter("obc_refused_requests_total", "Requests refused before the pipeline", ["code"])
COMMIT = Histogram(
    "obc_commit_seconds",
    "Time of one writing transaction",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
COMMIT_ROWS = Histogram("obc_commit_rows", "Rows in one writing transaction", buckets=(1, 10, 50, 100, 500, 1000, 2000))
WRITE_FAILURES = Counter("obc_write_failures_total", "Writing transactions that failed", ["error"])
QUEUE_EVENTS = Gauge("obc_writer_queue_events", "Events waiting for the writer or being written")
QUEUE_BYTES = Gauge("obc_writer_queue_bytes", "Bytes of them")
QUESTIONS = Counter(
    "obc_questions_total", "Questions by outcome: answered, remembered, or the error's code", ["outcome"]
)
SQL_RUNNING = Gauge("obc_sql_running", "Statements of people's SQL at work")
