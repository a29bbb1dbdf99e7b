"""System checks: an operator's mistakes, each with an id and a hint.

`manage.py check` looks at settings and the data folder, `check --database default` at the database,
`check --deploy` at what matters once strangers can reach the server.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import Error as DatabaseError
from django.db import connections, models

from obc_analytics import health, secrets_file

SEQUENCE = "analytics_events_seq_seq"
CLOCKS_APART = 5.0  # seconds
POLICIES = {"one_tenant", "all_tenants"}


# --- data folder ------------------------------------------------------------------------------------


@register()
def check_data_folder(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    folder = settings.DATA_DIR
    if not folder.exists():
        return []  # `up` makes it
    found: list[CheckMessage] = []
    if not os.access(folder, os.W_OK | os.X_OK):
        found.append(
            Error(
                "The data folder can't be written.", hint="Give OBC_DATA_DIR to the user who runs this.", id="obc.E001"
            )
        )
    secrets = folder / secrets_file.NAME
    if secrets.exists() and secrets.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        hint = f"chmod 600 {secrets_file.NAME} in the data folder, and make a new key if somebody may have read it."
        found.append(Error("The file of secrets can be read by others.", hint=hint, id="obc.E002"))
    return found


# --- database ---------------------------------------------------------------------------------------


@register(Tags.database)
def check_database(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Promises that rest on how the database was set up: isolation, durability, order."""
    if "default" not in (databases or ()):
        return []
    connection = connections["default"]
    found: list[CheckMessage] = []
    try:
        with connection.cursor() as cursor:
            if health.missing_migrations(cursor):
                return []  # `migrate` runs these checks, too; half-made tables can't be judged
            for check in (_role, _row_security, _sequence, _durability, _clock):
                found += check(cursor)
    except DatabaseError as error:
        return [
            Error(f"The database does not answer ({type(error).__name__}).", hint="See DATABASE_URL.", id="obc.E010")
        ]
    return found


def _role(cursor: Any) -> list[CheckMessage]:
    """Row-level security binds neither superusers, nor owners, nor BYPASSRLS."""
    cursor.execute(
        "SELECT current_user, rolsuper OR rolbypassrls OR EXISTS ("
        "  SELECT FROM pg_class WHERE relname = 'analytics_events' AND relowner = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = current_user"
    )
    role, exempt = cursor.fetchone()
    if role == settings.APP_ROLE and not exempt:
        return []
    hint = f"The login needs: GRANT {settings.APP_ROLE} TO <login>; and the role no SUPERUSER, BYPASSRLS or tables."
    return [Error(f"Requests act as {role}, which row-level security does not bind.", hint=hint, id="obc.E011")]


def _row_security(cursor: Any) -> list[CheckMessage]:
    tables = tables_of_tenants()
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)"
        " AND (NOT relrowsecurity OR (SELECT count(*) FROM pg_policy"
        "       WHERE polrelid = pg_class.oid AND polname = ANY(%s)) < %s)",
        [tables, list(POLICIES), len(POLICIES)],
    )
    hint = "Add keep_tenants_apart(<table>) of tenants/rls.py to the migration that makes it."
    return [
        Error(f"Rows of {table} are not kept apart by tenant.", hint=hint, id="obc.E012")
        for (table,) in cursor.fetchall()
    ]


def tables_of_tenants() -> list[str]:
    """Every table whose rows belong to a tenant, by the models: those with a key to Tenant, and its own."""
    tenant = apps.get_model("tenants", "Tenant")
    found = {tenant._meta.db_table}
    for model in apps.get_models(include_auto_created=True):
        keys = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        if any(key.related_model is tenant for key in keys):
            found.add(model._meta.db_table)
    return sorted(found)


def _sequence(cursor: Any) -> list[CheckMessage]:
    cursor.execute("SELECT cache_size FROM pg_sequences WHERE schemaname = 'public' AND sequencename = %s", [SEQUENCE])
    row = cursor.fetchone()
    if row and row[0] == 1:
        return []
    hint = f"ALTER SEQUENCE {SEQUENCE} CACHE 1; numbers drawn ahead would be missing from questions."
    return [Error("The sequence of events hands out numbers ahead.", hint=hint, id="obc.E013")]


def _durability(cursor: Any) -> list[CheckMessage]:
    cursor.execute("SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on'")
    return [
        Error(f"PostgreSQL runs with {name} off.", hint="Acknowledged events can be lost: turn it on.", id="obc.E014")
        for (name,) in cursor.fetchall()
    ]


def _clock(cursor: Any) -> list[CheckMessage]:
    cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float")
    apart = abs(cursor.fetchone()[0] - time.time())
    if apart < CLOCKS_APART:
        return []
    hint = "Let NTP set both clocks: times of receipt and of expiry come from both."
    return [Warning(f"The database's clock is {apart:.0f} s off ours.", hint=hint, id="obc.W015")]


# --- deployment -------------------------------------------------------------------------------------


@register(deploy=True)
def check_secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY_KEPT or secrets_file.read(settings.DATA_DIR).get("django_secret_key") == settings.SECRET_KEY:
        return []
    hint = "Set OBC_SECRET_KEY, the same for every process."
    return [
        Error("The secret key ends with this process: every restart signs everybody out.", hint=hint, id="obc.E020")
    ]


@register(deploy=True)
def check_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Set OBC_ALLOWED_HOSTS to the server's names, comma-separated."
    return [Warning("Any Host header is taken for this server's name.", hint=hint, id="obc.W021")]


@register(deploy=True)
def check_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.HTTPS_ONLY and not settings.BEHIND_PROXY:
        hint = "This server speaks plain HTTP: set OBC_BEHIND_PROXY=1 behind the proxy that speaks HTTPS."
        return [Warning("HTTPS only, but no proxy is trusted to say so.", hint=hint, id="obc.W022")]
    return []
