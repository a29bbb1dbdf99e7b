"""The one doorway to a tenant's rows.

Outside a scope the database shows the application no tenant row at all (tenants/rls.py). A scope is
a transaction with `SET LOCAL`, not `set_config()`: Citus carries only the statement to its workers.
The value in force before is put back on exit, because a setting made inside a savepoint outlives it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql

TENANT, OPERATOR = "app.tenant_id", "app.operator"


@contextmanager
def tenant_scope(tenant_id: uuid.UUID) -> Iterator[None]:
    """Open the rows of one tenant. An operator's scope around it is closed meanwhile."""
    with _settings(**{TENANT: str(uuid.UUID(str(tenant_id))), OPERATOR: ""}):
        yield


@contextmanager
def operator_scope() -> Iterator[None]:
    """Open every tenant's rows: the admin of superusers, jobs, and tenants/auth.py."""
    with _settings(**{OPERATOR: "on"}):
        yield


@contextmanager
def _settings(**values: str) -> Iterator[None]:
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _read(values) if nested else {}
        _write(values)
        yield
        # an error leaves by the savepoint's rollback, which puts the old values back by itself
        if nested and not connection.needs_rollback:
            _write(before)


def _read(names: Iterable[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, coalesce(current_setting(name, true), '') FROM unnest(%s::text[]) AS name",
            [list(names)],
        )
        return dict(cursor.fetchall())


def _write(values: Mapping[str, str]) -> None:
    statements = sql.SQL("; ").join(
        sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(*name.split(".")), sql.Literal(value))
        for name, value in values.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(statements)
