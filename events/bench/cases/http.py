"""Events over HTTP, closed loop: each client sends its next request when it has the answer."""

from __future__ import annotations

from events.bench.cases.context import Bench
from events.bench.figures import Table
from events.bench.run_load import run

BATCH, EVENTS = "/api/v1/analytics/batch", "/api/v1/analytics/events"
WARM = 2.0  # seconds of load before it counts: connections, caches, imports


def batches(bench: Bench) -> list[Table]:
    run(bench.stack, "http", path=BATCH, clients=8, events=100, seconds=min(WARM, bench.seconds))
    load = run(bench.stack, "http", path=BATCH, clients=8, events=100, seconds=bench.seconds)
    return [Table("Batches over HTTP", [load.row("8 clients, batches of 100", "≥ 12,000/s, p99 ≤ 250 ms")])]


def singles(bench: Bench) -> list[Table]:
    seconds = min(bench.seconds, 15)
    rows = [
        run(bench.stack, "http", path=EVENTS, clients=clients, events=1, seconds=seconds).row(
            f"{clients} clients, one event a request", "≥ 400/s"
        )
        for clients in (8, 32)
    ]
    return [Table("Single events over HTTP", rows)]
