"""Reading a tenant's rows: one consistent snapshot, a deadline, and a clear error past it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from psycopg import errors

from obc_analytics.errors import TooSlow
from tenants.scope import tenant_scope

# Compiling costs more than these queries take. The planner counts the tenant's predicate twice, once for
# row-level security, expects a tenth of the rows, and would sort where hashing takes 0.8 of the time.
SETTINGS = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL enable_sort = off"
# the first statement of a transaction must say it; SET alone takes no snapshot
ISOLATION = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


@cache
def sql(name: str) -> str:
    """The text of `sql/<name>.sql` beside this file."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


class Snapshot:
    """Runs queries that all see the same rows, and that together end by the deadline."""

    def __init__(self, tenant_id: uuid.UUID, seconds: float) -> None:
        self.tenant_id = tenant_id
        self._ends_at = time.monotonic() + seconds

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query in named parameters; `tenant_id` is always among them."""
        with connection.cursor() as cursor:
            set_timeout(cursor, self._ends_at - time.monotonic())
            cursor.execute(query, {**values, "tenant_id": self.tenant_id})
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def set_timeout(cursor: Any, seconds: float) -> None:
    """Bound the statements of this transaction; at least a millisecond, because 0 means no bound."""
    cursor.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")


@contextmanager
def snapshot(tenant_id: uuid.UUID, seconds: float, narrow: str) -> Iterator[Snapshot]:
    """One REPEATABLE READ snapshot of the tenant's rows. Raises TooSlow, naming `narrow`, past `seconds`.

    Inside another transaction (a test's) its snapshot is used.
    """
    own = not connection.in_atomic_block
    with too_slow(seconds, narrow), tenant_scope(tenant_id):
        with connection.cursor() as cursor:
            if own:
                cursor.execute(ISOLATION)
            cursor.execute(SETTINGS)
        yield Snapshot(tenant_id, seconds)


@contextmanager
def too_slow(seconds: float, narrow: str) -> Iterator[None]:
    """Turn the database's cancellation into the API's 504."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooSlow(f"This took more than {seconds:g} s: narrow it with {narrow}.", narrow=narrow) from error
        raise
