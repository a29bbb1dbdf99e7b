"""A peer: the same questions as straight SQL on the PostgreSQL table, with indexes made for them."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

import psycopg

from events.bench import machine
from events.bench.questions.asked import ZONE, Asked, Numbers
from events.bench.questions.made import sql
from events.query.asking import Period

SETTINGS = "SET work_mem = '256MB'; SET jit = off; SET max_parallel_workers_per_gather = 2; SET timezone = 'UTC'"


class PostgreSQL:
    name = "PostgreSQL"
    pid: int | None = None

    def __init__(self, connection: psycopg.Connection[Any], tenant_id: uuid.UUID, postmaster: int) -> None:
        self.postmaster = postmaster
        self.connection = connection
        self.tenant_id = tenant_id
        for statement in filter(str.strip, sql("postgres_indexes").split(";")):
            connection.execute(statement.encode())
        connection.execute(SETTINGS)

    def ask(self, asked: Asked, period: Period) -> tuple[float, Numbers]:
        """Milliseconds and the numbers."""
        values = {"tenant": self.tenant_id, "zone": ZONE, "since": period.since, "until": period.until}
        began = time.perf_counter()
        rows = self.connection.execute(sql(f"postgres_{asked.name}").encode(), values).fetchall()
        return (time.perf_counter() - began) * 1000, sorted(map(tuple, rows))

    def used(self) -> float:
        """With the parallel workers of its queries, and whatever else the database does meanwhile."""
        return machine.cpu(os.getpid(), self.postmaster).database

    def close(self) -> None:
        pass
