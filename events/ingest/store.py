"""One writing transaction: events, identity links, quarantine, client counters and ledger, all or nothing.

Optimistic: a direct COPY, which fails as a whole for one event that is already stored; then the same
rows go through a staging table and ON CONFLICT, which tells the duplicates.
"""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.utils.timezone import now
from psycopg import errors
from psycopg.types.json import Jsonb

from events import locks
from events.identity import record
from events.ingest import rows, statements
from events.ingest.ids import uuid7s
from events.ingest.job import Job, Quarantined, Row
from events.ingest.outcomes import DUPLICATE_LINE, Verdict, dropped, line_of_drop, line_of_stored, stored
from events.ingest.steps import Draft, Drop
from events.models import NO_KEY, QuarantinedEvent

TIMEOUTS_MS = 10_000
# the database refuses one row; everything else concerns the transaction and is `retry`
ROW_ERRORS = (errors.DataError, errors.ProgramLimitExceeded, errors.CheckViolation, errors.NotNullViolation)
COPY_LINE = re.compile(r"COPY \w+, line (\d+)")
LedgerKey = tuple[uuid.UUID, datetime, str, uuid.UUID, str, str]


class NotStored(Exception):
    """Nothing of this work was committed; its senders shall send it again."""


class Session:
    """A writer's own connection, as the login: COPY is refused where row-level security applies."""

    def __init__(self, alias: str = "default") -> None:
        self._alias = alias
        self._connection: psycopg.Connection[Any] | None = None

    def connection(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**connection_parameters(self._alias))
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def store(self, jobs: list[Job]) -> None:
        """Commit the jobs and give each row its verdict. Raises NotStored when nothing was committed."""
        work = Work(jobs)
        staging = False
        while True:
            try:
                return self._transaction(work, staging)
            except errors.UniqueViolation as error:
                if staging:
                    raise NotStored from error
                staging = True
            except ROW_ERRORS as error:
                if not work.refuse_line(error):
                    raise NotStored from error
            except psycopg.Error as error:
                raise NotStored(type(error).__name__) from error

    def _transaction(self, work: Work, staging: bool) -> None:
        connection, xid = self._begin(work, staging)
        try:
            self._write(connection, work, staging)
        except BaseException:
            self._abandon(connection)
            raise
        try:
            connection.commit()
        except psycopg.Error as error:
            self.close()
            if not self._was_committed(xid):
                raise NotStored("the connection was lost in COMMIT") from error
        record.memory.learn(work.noted)

    def _begin(self, work: Work, staging: bool) -> tuple[psycopg.Connection[Any], str]:
        """A transaction with its locks held and its numbers drawn; its id, by which to ask for it later.

        A connection that died while it was idle is replaced: no row was sent yet.
        """
        for last_try in (False, True):
            connection = self.connection()
            try:
                return connection, self._draw(connection, work, staging)
            except BaseException as error:
                died_idle = isinstance(error, psycopg.OperationalError) and connection.closed
                self._abandon(connection)
                if last_try or not died_idle:
                    raise
        raise AssertionError("unreachable")

    def _draw(self, connection: psycopg.Connection[Any], work: Work, staging: bool) -> str:
        if staging:
            connection.execute(statements.STAGING)
        with connection.pipeline():
            connection.execute(statements.BEGIN, [work.lock_keys()])
            numbers = connection.execute(statements.DRAW, [len(work.rows)])
            transaction = connection.execute("SELECT pg_current_xact_id()::text")
        work.number([row[0] for row in numbers.fetchall()])
        xid = transaction.fetchone()
        assert xid is not None
        return xid[0]

    def _write(self, connection: psycopg.Connection[Any], work: Work, staging: bool) -> None:
        cursor = connection.cursor()
        if work.rows:
            with cursor.copy(statements.COPY_STAGING if staging else statements.COPY_EVENTS) as copy:
                copy.write(work.block())
        new = None
        if staging:
            new = {row[0] for row in cursor.execute(statements.UNSTAGE).fetchall()}
        work.decide(new)
        work.noted = record.note(cursor, record.links_in(work.stored()))
        with connection.pipeline():
            for values in work.quarantine():
                cursor.execute(statements.QUARANTINE, values)
            for values in work.clients():
                cursor.execute(statements.CLIENT, values)
            cursor.execute(statements.LEDGER, work.ledger())

    def _abandon(self, connection: psycopg.Connection[Any]) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            self.close()

    def _was_committed(self, xid: str) -> bool:
        """What became of a transaction whose COMMIT got no answer; False also when nobody can tell."""
        for _ in range(20):
            try:
                found = self.connection().execute("SELECT pg_xact_status(%s::xid8)", [xid]).fetchone()
                self.connection().rollback()
            except psycopg.Error:
                self.close()
                return False
            if found and found[0] != "in progress":
                return found[0] == "committed"
            time.sleep(0.1)
        return False


class Work:
    """The rows of some jobs, each id once, and what becomes of them."""

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs = jobs
        self.rows: list[Row] = []  # in order of arrival
        self.noted: dict[record.Pair, record.Moment] = {}  # identity links that this transaction knows noted
        self._owner: dict[int, Job] = {}
        self._twins: dict[int, list[Row]] = {}
        self._refused: list[tuple[Row, Drop]] = []
        first: dict[tuple[uuid.UUID, str], Row] = {}
        for job in jobs:
            for row in job.rows:
                self._owner[id(row)] = job
                known = first.setdefault((job.tenant_id, row.event_id), row)
                if known is row:
                    self.rows.append(row)
                else:
                    self._twins.setdefault(id(known), []).append(row)
        self._sorted: list[Row] = []

    def lock_keys(self) -> list[int]:
        return sorted({locks.writing(job.tenant_id) for job in self.jobs})

    def number(self, numbers: list[int]) -> None:
        for row, number in zip(self.rows, numbers, strict=True):
            row.draft.seq = number

    def block(self) -> bytes:
        """COPY's text, sorted by tenant and id: two writers then meet in one order and never deadlock."""
        self._sorted = sorted(self.rows, key=lambda row: (self._owner[id(row)].tenant_id.bytes, row.event_id))
        written = now().isoformat()
        return rows.block(f"{row.draft.seq}\t{written}\t{row.line}" for row in self._sorted)

    def refuse_line(self, error: psycopg.Error) -> bool:
        """Take the row that COPY's error names out of the work; False when it names none."""
        match = COPY_LINE.search(error.diag.context or "")
        if match is None or not 0 < int(match[1]) <= len(self._sorted):
            return False
        row = self._sorted[int(match[1]) - 1]
        self.rows = [other for other in self.rows if other is not row]
        message = (error.diag.message_primary or "")[:500]
        self._refused.append((row, Drop("refused", f"PostgreSQL refuses it: {message}")))
        return True

    def decide(self, new: set[int] | None) -> None:
        """Give each row its verdict. `new`: numbers of the rows that were new; None: all were."""
        for row in self.rows:
            if new is None or row.draft.seq in new:
                row.verdict, row.ledger = stored(row.draft), line_of_stored(row.draft)
            else:
                row.verdict, row.ledger = Verdict("duplicate"), DUPLICATE_LINE
            for twin in self._twins.get(id(row), ()):
                twin.verdict, twin.ledger = Verdict("duplicate"), DUPLICATE_LINE
        for row, drop in self._refused:
            for refused in (row, *self._twins.get(id(row), ())):
                refused.verdict, refused.ledger = dropped(drop), line_of_drop(drop)

    def stored(self) -> Iterator[tuple[uuid.UUID, Draft]]:
        """Events that are new with this transaction, and their tenants."""
        for row in self.rows:
            if row.verdict is not None and row.verdict.seq is not None:
                yield self._owner[id(row)].tenant_id, row.draft

    def quarantine(self) -> list[tuple[Any, ...]]:
        entries = [(job, quarantined) for job in self.jobs for quarantined in job.quarantine]
        for row, drop in self._refused:
            for refused in (row, *self._twins.get(id(row), ())):
                raw = refused.draft.parsed.raw
                entries.append((self._owner[id(refused)], Quarantined(raw, drop.reason, drop.message)))
        return [_quarantine_values(job, quarantined) for job, quarantined in entries]

    def clients(self) -> list[tuple[Any, ...]]:
        found = [
            (job.tenant_id, job.client["document_id"], job.client["tracked"], job.client["acked"],
             Jsonb(job.client["dropped"]), job.sender.received_at, job.sender.received_at)
            for job in self.jobs
            if job.client
        ]  # fmt: skip
        return sorted(found, key=lambda values: values[:2])

    def ledger(self) -> list[list[Any]]:
        """Columns of the ledger's lines, sorted by key."""
        lines: Counter[LedgerKey] = Counter()
        for job in self.jobs:
            sender = job.sender
            minute = sender.received_at.replace(second=0, microsecond=0)
            key = (job.tenant_id, minute, sender.door, sender.key_id or NO_KEY)
            for outcome, reason in [line for *_, line in job.refused]:
                lines[(*key, outcome, reason)] += 1
            for row in job.rows:
                assert row.ledger is not None
                lines[(*key, *row.ledger)] += 1
        ordered = sorted(lines.items())
        return [list(column) for column in zip(*((*key, count) for key, count in ordered), strict=True)] or [[]] * 7


def _quarantine_values(job: Job, quarantined: Quarantined) -> tuple[Any, ...]:
    received = job.sender.received_at
    return (
        uuid7s(1, int(received.timestamp() * 1000))[0],
        job.tenant_id,
        received,
        received + timedelta(days=settings.INGEST["QUARANTINE_DAYS"]),
        job.sender.door,
        job.sender.key_id or NO_KEY,
        quarantined.reason,
        quarantined.message,
        quarantined.raw[: QuarantinedEvent.RAW_MAX],
        len(quarantined.raw),
    )


def connection_parameters(alias: str = "default") -> dict[str, Any]:
    """Django's connection parameters for a connection of the writer's own, as the login."""
    parameters = connections[alias].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    options = parameters.get("options", "")
    timeouts = ("statement_timeout", "idle_in_transaction_session_timeout")
    parameters["options"] = " ".join(
        [
            options,
            "-c synchronous_commit=on -c timezone=UTC",
            *[f"-c {name}={TIMEOUTS_MS}" for name in timeouts],
        ]
    ).strip()
    return {**parameters, "tcp_user_timeout": TIMEOUTS_MS, "application_name": "obc-writer"}
