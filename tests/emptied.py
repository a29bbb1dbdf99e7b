"""The database is emptied after a test that commits: what stands in its tables is deleted, and nothing else is done.

Django's own flush truncates every table, which makes new files for each of them and their indexes, and then makes
content types, permissions and groups anew: a fifth of a second for a test that wrote three rows. Those four tables
are left alone here as long as they are what the migrations made; a test that changed them gets Django's flush.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

MADE_BY_MIGRATIONS = ("auth_group", "auth_group_permissions", "auth_permission", "django_content_type")
MANY = 2**20  # bytes: a table that holds more is truncated
# who still writes is waited for, as TRUNCATE would; triggers, and with them foreign keys, are off, as for TRUNCATE
LOCK = """
LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE;
SET LOCAL session_replication_role = replica;
SET LOCAL synchronous_commit = off
"""
FILLED = "SELECT {name}, pg_relation_size({name}) WHERE EXISTS (SELECT FROM {table})"
STATE = "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"

_flush = TransactionTestCase._fixture_teardown
_made: list[Any] = []


def begin() -> None:
    """From now on, for every test of this process; what the migrations made is remembered."""
    _made[:] = made()
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


def teardown(test_case: TransactionTestCase) -> None:
    with connection.as_login(), transaction.atomic():
        same = made() == _made
        if same:
            empty()
    if not same:
        _flush(test_case)
        _made[:] = made()


def empty() -> None:
    lock, filled = statements()
    with connection.cursor() as cursor:
        cursor.execute(lock)
        cursor.execute(filled)
        for name, size in cursor.fetchall():
            statement = "TRUNCATE {} CASCADE" if size > MANY else "DELETE FROM {}"
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


@cache
def statements() -> tuple[sql.Composed, sql.Composed]:
    """(lock all tables that Django would flush, find those that hold a row)"""
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - set(MADE_BY_MIGRATIONS))
    lock = sql.SQL(LOCK).format(tables=sql.SQL(", ").join(map(sql.Identifier, tables)))
    each = [sql.SQL(FILLED).format(name=sql.Literal(name), table=sql.Identifier(name)) for name in tables]
    return lock, sql.SQL(" UNION ALL ").join(each)


def made() -> list[Any]:
    """Content types, permissions and groups: a digest of each table."""
    each = [sql.SQL(STATE).format(table=sql.Identifier(name)) for name in MADE_BY_MIGRATIONS]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(each))
        return cursor.fetchall()
