"""Migrations run as the login that owns the tables; everything else as the application's role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import sql

GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
"""


# what a migration that is cut off has made is usable too: the next `migrate` begins by reading it
DEFAULTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
"""


def act_as_login(using: str, **kwargs: Any) -> None:
    """Before migrations. Sent once an app: doing it again is harmless."""
    role = sql.Identifier(settings.APP_ROLE)
    with connections[using].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(sql.SQL(DEFAULTS).format(role=role).as_string(cursor.connection))


def act_as_application(using: str, **kwargs: Any) -> None:
    """After migrations: what was made may be used by the application, under row-level security."""
    role = sql.Identifier(settings.APP_ROLE)
    with connections[using].cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(sql.SQL(GRANTS).format(role=role).as_string(cursor.connection))
        cursor.execute(sql.SQL("SET ROLE {}").format(role))
