"""Rounds of questions: ours and the peers' in turn, so that what else the machine does hits all of them."""

from __future__ import annotations

import os
import re
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from events.bench import machine
from events.bench.figures import Row
from events.bench.questions.asked import NOW, QUESTIONS, Asked, Numbers
from events.query import run
from events.query.asking import Period, period_of
from tenants.auth import TenantConfig

ROUNDS = 9
PEER_ROUNDS = {"PostgreSQL": 3}  # seconds each
WARM = 2


class Peer(Protocol):
    name: str
    pid: int | None  # of a process of its own, that is not PostgreSQL's

    def ask(self, asked: Asked, period: Period) -> tuple[float, Numbers]: ...

    def used(self) -> float:
        """Seconds of processor time so far."""
        ...

    def close(self) -> None: ...


def ours(tenant: TenantConfig, asked: Asked) -> tuple[float, dict[str, Any]]:
    """Milliseconds and the answer, not out of the result cache."""
    run.forget()
    began = time.perf_counter()
    answer = run.run(tenant, asked.question, now=NOW)
    return (time.perf_counter() - began) * 1000, answer


def ours_and_cpu(tenant: TenantConfig, asked: Asked) -> tuple[float, float]:
    """Milliseconds on the clock and of processor time: what else the machine does hardly touches the second."""
    used = time.process_time()
    taken, _ = ours(tenant, asked)
    return taken, (time.process_time() - used) * 1000


def questions(tenant: TenantConfig, peers: Sequence[Peer], say: Callable[[str], None]) -> list[Row]:
    return [_question(tenant, asked, peers, say) for asked in QUESTIONS]


def _question(tenant: TenantConfig, asked: Asked, peers: Sequence[Peer], say: Callable[[str], None]) -> Row:
    say(asked.name)
    period = period_of(asked.question.range, tenant, NOW)  # type: ignore[union-attr]
    for _ in range(WARM):
        _, answer = ours(tenant, asked)
    numbers = asked.numbers(answer)
    agree = {peer.name: peer.ask(asked, period)[1] == numbers for peer in peers}
    with peak_memory() as memory:
        both = [ours_and_cpu(tenant, asked)]
    times: dict[str, list[float]] = {peer.name: [] for peer in peers}
    cpu: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for number in range(ROUNDS):
        ours(tenant, asked)  # warm: the seconds of a peer pushed out what processor and memory had at hand
        both.append(ours_and_cpu(tenant, asked))
        for peer in peers:
            if number < PEER_ROUNDS.get(peer.name, ROUNDS):
                if peer.name not in PEER_ROUNDS:
                    peer.ask(asked, period)  # as warm as ours
                before = peer.used()
                times[peer.name].append(peer.ask(asked, period)[0])
                cpu[peer.name].append((peer.used() - before) * 1000)
    taken = [clock for clock, _ in both]
    middle, worked = statistics.median(taken), statistics.median(used for _, used in both)
    row: Row = {
        "question": asked.about,
        "goal ms": asked.goal_ms,
        "ms": middle,
        "least ms": min(taken),
        "cpu ms": worked,
    }
    for name, found in times.items():
        theirs, their_cpu = statistics.median(found), statistics.mean(cpu[name])
        row[f"{name} ms"], row[f"{name} cpu ms"] = theirs, their_cpu
        if name == "chDB":
            row["ours / chDB"], row["ours / chDB, cpu"] = middle / theirs, worked / max(their_cpu, 1)
        else:
            row[f"{name} / ours"], row[f"{name} / ours, cpu"] = theirs / middle, their_cpu / worked
        row[f"= {name}"] = "yes" if agree[name] else "NO"
    row["peak MB"] = memory[0]
    return row


def tail(tenant: TenantConfig, postgres: psycopg.Connection[Any]) -> Row:
    """What one event behind the watermark costs: the same question with and without it, in turn."""
    asked = QUESTIONS[0]
    taken: dict[int, list[tuple[float, float]]] = {0: [], 1: []}
    for _ in range(25):
        for rows in (0, 1):
            with one_row(tenant.id, postgres) if rows else _nothing():
                taken[rows].append(ours_and_cpu(tenant, asked))
    without, with_ = ([statistics.median(column) for column in zip(*taken[rows], strict=True)] for rows in (0, 1))
    return {"what": "one event behind the watermark adds", "goal": "≤ 20 ms", "ms": with_[0] - without[0],
            "cpu ms": with_[1] - without[1], "of": f"{without[0]:.1f} ms"}  # fmt: skip


@contextmanager
def one_row(tenant_id: uuid.UUID, postgres: psycopg.Connection[Any]) -> Iterator[None]:
    """A copy of one of the table's events, under a new number, for the tenant; gone afterwards."""
    values = {"tenant": tenant_id, "event": f"bench-{uuid.uuid4()}"}
    postgres.execute(
        """INSERT INTO analytics_events (id, seq, event_id, tenant_id, distinct_id, event_name, properties, timestamp,
               created_at, processed_at)
           SELECT gen_random_uuid(), nextval('analytics_events_seq_seq'), %(event)s, %(tenant)s, distinct_id,
               event_name, properties, timestamp, created_at, now()
           FROM analytics_events ORDER BY tenant_id DESC, seq DESC LIMIT 1""",  # by an index there is
        values,
    )
    try:
        yield
    finally:
        postgres.execute("DELETE FROM analytics_events WHERE tenant_id = %(tenant)s AND event_id = %(event)s", values)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def many_tenants(tenants: list[TenantConfig]) -> list[Row]:
    """Each question of one tenant again and again, and of all in turn."""
    rows = []
    for asked in QUESTIONS:
        for tenant in tenants:
            ours(tenant, asked)
        turns = [ours(tenant, asked)[0] for tenant in tenants]
        alone = [ours(tenants[0], asked)[0] for _ in tenants]
        one, all_ = statistics.median(alone), statistics.median(turns)
        rows.append(
            {"question": asked.about, "one tenant ms": one, f"{len(tenants)} in turn ms": all_, "ratio": all_ / one}
        )
    return rows


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """MB this process had at most (Linux; NaN elsewhere)."""
    found = [float("nan")]
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        yield found
        return
    yield found
    match = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    found[0] = int(match[1]) / 1024 if match else float("nan")


class Busy:
    """What else the machine did since this was made, beside us, the database and the peers."""

    def __init__(self, postmaster: int | None, peers: Sequence[Peer]) -> None:
        self.postmaster = postmaster
        self.pids = [peer.pid for peer in peers if peer.pid]
        self.before, self.began = self._used(), time.monotonic()

    def others(self) -> str:
        """Of one core, in per cent."""
        return f"{max(0.0, self._used() - self.before) / (time.monotonic() - self.began):.0%}"

    def _used(self) -> float:
        used = machine.cpu(os.getpid(), self.postmaster)
        known = used.loop + used.rest + used.database
        return used.machine - known - sum(map(machine.process_seconds, self.pids))
