"""Run a load generator against a stack, and check that what was acked is what was stored."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from events.bench import machine
from events.bench.figures import Row, percentile
from events.bench.machine import Cpu
from events.bench.stack import ROOT, Stack

COUNTS = """
SELECT (SELECT count(*) FROM analytics_events WHERE tenant_id = %(tenant)s),
       (SELECT coalesce(sum(count), 0)::bigint FROM ingest_outcomes WHERE tenant_id = %(tenant)s AND outcome = 'ok')
"""


@dataclass(slots=True)
class Load:
    """What one load did."""

    answers: int
    acked: int
    errors: dict[str, int]
    latencies: list[float]  # ms
    seconds: float
    generator_cpu: float
    cpu: Cpu | None = None
    stored: int | None = None
    ledger: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.acked / self.seconds

    @property
    def others(self) -> float:
        """Seconds of processor time that went to neither of the measured processes."""
        if self.cpu is None:
            return 0.0
        own = self.cpu.loop + self.cpu.rest + self.cpu.database + self.generator_cpu
        return max(0.0, self.cpu.machine - own)

    @property
    def exact(self) -> bool | None:
        """Whether acked, stored and the ledger agree to the unit; None when nobody can look."""
        return None if self.stored is None else self.acked == self.stored == self.ledger

    def row(self, name: str, goal: str) -> Row:
        row: Row = {
            "case": name,
            "goal": goal,
            "events/s": round(self.rate),
            "p50 ms": percentile(self.latencies, 0.5),
            "p99 ms": percentile(self.latencies, 0.99),
            "acked": self.acked,
        }
        if self.exact is not None:
            row["acked = stored = ledger"] = "yes" if self.exact else f"NO: {self.stored:,} and {self.ledger:,}"
        if self.cpu:
            for label, used in (("loop", self.cpu.loop), ("threads", self.cpu.rest), ("PostgreSQL", self.cpu.database)):
                row[f"{label} CPU"] = f"{used / self.seconds:.0%}"
            row["load CPU"] = f"{self.generator_cpu / self.seconds:.0%}"
            row["others CPU"] = f"{self.others / self.seconds:.0%}"  # what the machine did beside, unmeasured
        row["errors"] = ", ".join(f"{count}× {kind}" for kind, count in self.errors.items()) or "none"
        return row


def command(stack: Stack, kind: str, **wanted: Any) -> list[str]:
    whole = {"kind": kind, "host": stack.host, "port": stack.port, "key": stack.write_key, **wanted}
    return [sys.executable, "-m", "events.bench.load", json.dumps(whole)]


def run(stack: Stack, kind: str, *, seconds: float, **wanted: Any) -> Load:
    """One load of so many seconds, measured from outside."""
    stored, ledger = counts(stack)
    before = machine.cpu(stack.web, stack.postmaster) if stack.web else None
    done = subprocess.run(
        command(stack, kind, seconds=seconds, **wanted),
        cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=seconds + 120,
    )  # fmt: skip
    after = machine.cpu(stack.web, stack.postmaster) if stack.web else None
    found = json.loads(done.stdout.splitlines()[-1])
    load = Load(found["answers"], found["acked"], found["errors"], found["latencies"], found["seconds"], found["cpu"])
    if before and after:
        load.cpu = after - before
    if stored is not None and ledger is not None:
        now_stored, now_ledger = counts(stack)
        load.stored, load.ledger = (now_stored or 0) - stored, (now_ledger or 0) - ledger
    return load


def counts(stack: Stack) -> tuple[int | None, int | None]:
    """Rows of the tenant, and the ledger's `ok`."""
    if not stack.database:
        return None, None
    with stack.connect() as connection:
        row = connection.execute(COUNTS, {"tenant": stack.tenant_id}).fetchone()
    assert row is not None
    return row[0], row[1]
