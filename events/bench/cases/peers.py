"""The same events by simpler ways, on the same table with the same indexes, in the same run: for ratios."""

from __future__ import annotations

import itertools
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from events.bench.cases.context import Bench
from events.bench.cases.http import BATCH, EVENTS
from events.bench.figures import Row, Table
from events.bench.load.bodies import MARK, Bodies, as_batch
from events.bench.run_load import run as run_load
from events.bench.stack import django_alone
from events.ingest import Sender, decode_batch, statements
from events.ingest.pipeline import prepare
from events.ingest.rows import COLUMNS, NULL
from tenants.auth import TenantConfig

INSERT = "INSERT INTO analytics_events ({}) VALUES ({})".format(", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS)))
BLOCK = 2_000  # rows of one COPY, as the writer's largest transaction
Send = Callable[[Connection[Any], bytes], None]


def run(bench: Bench) -> list[Table]:
    seconds = min(bench.seconds, 8)
    doors = [
        run_load(bench.stack, "http", path=BATCH, clients=8, events=100, seconds=seconds).row("the door, batches", ""),
        run_load(bench.stack, "http", path=EVENTS, clients=8, events=1, seconds=seconds).row("the door, singles", ""),
    ]
    with django_alone(bench.stack) as django:
        for name, path, events in (("batches", BATCH, 100), ("singles", EVENTS, 1)):
            run_load(django, "http", path=path, clients=8, events=events, seconds=1)
            load = run_load(django, "http", path=path, clients=8, events=events, seconds=seconds)
            doors.append(load.row(f"through Django's middleware and REST framework, {name}", ""))
    ways = [
        written(bench, "INSERT, a commit each", 1, 1, seconds, insert),
        written(bench, "executemany of 100, a commit each", 100, 1, seconds, insert_many),
        written(bench, f"raw COPY of {BLOCK:,} ready lines", BLOCK, 1, seconds, copy),
        written(bench, f"raw COPY of {BLOCK:,} ready lines, 2 connections", BLOCK, 2, seconds, copy),
    ]
    return [
        Table("The doors, and the same through Django", doors),
        Table(
            "Ways to write rows, Python with psycopg", ways, ["COPY of ready lines is the upper bound: no decoding."]
        ),
    ]


def written(bench: Bench, name: str, rows: int, connections: int, seconds: float, send: Send) -> Row:
    """Rows a second of `send`, in transactions of so many rows, committed durably."""
    counts = [0] * connections
    lines = template(rows)
    deadline = time.perf_counter() + seconds

    def work(number: int) -> None:
        with bench.stack.connect() as connection:
            while time.perf_counter() < deadline:
                with connection.transaction():
                    send(connection, fresh(lines))
                counts[number] += rows

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"way": name, "rows/s": round(sum(counts) / (time.perf_counter() - began))}


def insert(connection: Connection[Any], lines: bytes) -> None:
    connection.execute(INSERT, values_of(lines)[0])


def insert_many(connection: Connection[Any], lines: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, values_of(lines))


def copy(connection: Connection[Any], lines: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statements.COPY_EVENTS) as copying:
        copying.write(lines)


def values_of(lines: bytes) -> list[list[str | None]]:
    return [[None if value == NULL else value for value in line.split("\t")] for line in lines.decode().splitlines()]


SEQ = "~~~~~~~~~"  # the first digits of `seq`
_blocks = itertools.count(int(time.time() * 1000))


def template(rows: int) -> bytes:
    """COPY lines as the pipeline makes them, with marks where ids and numbers will stand."""
    sender = Sender(TenantConfig(uuid.uuid4(), "p", "P"), None, "http", None, None, datetime.now(UTC))
    job = prepare(decode_batch(Bodies(as_batch, 100).next()[1]), sender)
    tail, written = os.urandom(3).hex(), datetime.now(UTC).isoformat()
    lines = []
    for number, row in zip(range(rows), itertools.cycle(job.rows), strict=False):
        fields = row.line.split("\t")
        fields[2] = fields[3] = f"{MARK}-7{tail[:3]}-8{tail[3:]}-{number:012x}"  # id and event_id
        lines.append("\t".join([f"{SEQ}{number:04}", written, *fields]) + "\n")
    return "".join(lines).encode()


def fresh(lines: bytes) -> bytes:
    """The template's lines with ids and numbers that no block had before, rising."""
    block = next(_blocks)
    begin = b"%08x-%04x" % (block >> 16 & 0xFFFFFFFF, block & 0xFFFF)
    return lines.replace(MARK.encode(), begin).replace(SEQ.encode(), b"%09d" % (block % 10**9))
