"""PostgreSQL backend whose connections act as the application's role.

The login owns the tables, so row-level security would not bind it; every connection therefore
assumes `OPTIONS["assume_role"]` (see tenants/scope.py). Migrations and a test run's flush act as
the login, through `as_login()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from psycopg import errors, sql


class DatabaseOperations(PostgresOperations):
    connection: DatabaseWrapper

    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        # TRUNCATE is the owner's right: granted to the role, it would get round row-level security
        with self.connection.as_login():
            super().execute_sql_flush(sql_list)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def _configure_role(self, connection: Any) -> bool:
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if not role or self.settings_dict["NAME"] is None:  # the maintenance database needs no role
            return False
        with connection.cursor() as cursor:
            try:
                cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            except errors.InvalidParameterValue:  # the role does not exist: a new cluster
                create_role(cursor, role)
                cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return True

    @contextmanager
    def as_login(self) -> Iterator[None]:
        """Act as the login, the owner of the tables; nothing narrows its view."""
        role = self.settings_dict["OPTIONS"].get("assume_role")
        with self.cursor() as cursor:
            cursor.execute("RESET ROLE")
        try:
            yield
        finally:
            if role and self.connection is not None and not self.needs_rollback:
                with self.cursor() as cursor:
                    cursor.execute("SELECT set_config('role', %s, false)", [role])


def create_role(cursor: Any, role: str) -> None:
    """Make the role that the application acts as; it may not log in until Citus needs it to."""
    try:
        cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    except (errors.DuplicateObject, errors.UniqueViolation):  # another process was first
        pass
    cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
