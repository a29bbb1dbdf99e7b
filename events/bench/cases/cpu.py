"""Python's processor time for one event of a batch, by stage, in this process and without a database."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from events.bench.cases.context import Bench
from events.bench.figures import Table
from events.bench.load.bodies import Bodies, as_batch
from events.ingest import Sender, decode_batch
from events.ingest.pipeline import prepare
from events.ingest.store import Work
from tenants.auth import TenantConfig

EVENTS, BATCHES, ROUNDS = 100, 40, 7
TOGETHER = 8  # jobs in one transaction, as with 8 clients


def run(bench: Bench) -> list[Table]:
    bodies = Bodies(as_batch, EVENTS)
    texts = [bodies.next()[1] for _ in range(BATCHES)]
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for stage, seconds in measure(texts).items():
            best[stage] = min(best.get(stage, seconds), seconds)
    rows = [{"stage": stage, "µs an event": spent / BATCHES / EVENTS * 1e6} for stage, spent in best.items()]
    rows.append({"stage": "all of it (goal ≤ 50)", "µs an event": sum(best.values()) / BATCHES / EVENTS * 1e6})
    return [Table(f"Python's processor time, batches of {EVENTS}, best of {ROUNDS}", rows)]


def measure(texts: list[bytes]) -> dict[str, float]:
    """Seconds of processor time by stage, for all the texts."""
    sender = Sender(TenantConfig(uuid.uuid4(), "b", "B"), uuid.uuid4(), "http", None, None, datetime.now(UTC))
    envelopes, decode = timed(lambda: [decode_batch(text) for text in texts])
    jobs, pipeline = timed(lambda: [prepare(envelope, sender) for envelope in envelopes])
    works, copy = timed(lambda: [_block(jobs[at : at + TOGETHER]) for at in range(0, len(jobs), TOGETHER)])
    _, verdicts = timed(lambda: [(work.decide(None), work.ledger()) for work in works])
    _, receipts = timed(lambda: [msgspec.json.encode(job.receipt().as_dict()) for job in jobs])
    return {"decode": decode, "pipeline and COPY line": pipeline, "sort and COPY block": copy,
            "verdicts and ledger": verdicts, "receipt and answer": receipts}  # fmt: skip


def _block(jobs: list[Any]) -> Work:
    work = Work(jobs)
    work.number(list(range(len(work.rows))))
    work.block()
    return work


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    found = call()
    return found, time.process_time() - began
