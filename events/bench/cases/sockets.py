"""Events over WebSockets, and sockets that only wait."""

from __future__ import annotations

import subprocess
import time

from events.bench import machine
from events.bench.cases.context import Bench
from events.bench.figures import Row, Table
from events.bench.run_load import command, run
from events.bench.stack import ROOT, Stack, another_web_process

HELD = 3.0  # seconds that idle sockets are held before the look


def frames(bench: Bench) -> list[Table]:
    seconds = min(bench.seconds, 30)
    twenty = run(bench.stack, "sockets", clients=100, events=20, window=1, seconds=seconds)
    single = run(bench.stack, "sockets", clients=100, events=1, window=1, seconds=seconds)
    rows = [
        twenty.row("100 sockets, 20 events a frame", "≥ 10,000/s"),
        single.row("100 sockets, one event a frame", "≥ 2,000/s"),
    ]
    return [Table("WebSockets, each sends when it has its ack", rows)]


def open_loop(bench: Bench) -> list[Table]:
    seconds = min(bench.seconds, 30)
    load = run(bench.stack, "open", clients=50, events=1, rate=1_000, seconds=seconds)
    row = load.row("1,000 events/s over 50 sockets", "p99 ≤ 50 ms")
    return [Table("WebSockets, sent on time whatever the server does", [row])]


def idle(bench: Bench) -> list[Table]:
    """In a web process of its own: one that has been under load keeps memory that sockets would then use."""
    with another_web_process(bench.stack) as stack:
        return [Table("Idle WebSockets", [hold(stack, bench.sockets)])]


def hold(stack: Stack, count: int) -> Row:
    assert stack.web is not None
    run(stack, "open", clients=1, events=1, rate=10, seconds=0.5)  # imports and caches are none of the sockets'
    before = machine.rss_mb(stack.web) or 0.0
    process = subprocess.Popen(
        command(stack, "idle", clients=count, events=1, seconds=0),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout and process.stdin
        opened = int(process.stdout.readline() or 0)
        time.sleep(HELD)
        memory = machine.rss_mb(stack.web) or 0.0
        process.stdin.close()
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
    return {"case": f"{opened:,} idle sockets", "goal": "≤ 250 MB", "web process MB": memory, "before MB": before,
            "KB a socket": (memory - before) * 1024 / max(1, opened)}  # fmt: skip
