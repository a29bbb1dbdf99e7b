"""System checks find an operator's mistakes."""

from __future__ import annotations

import os

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from obc_analytics import checks, health, secrets_file


@pytest.fixture
def as_login():
    """Runs statements as the login, in the test's own transaction."""

    def run(*statements):
        with connection.as_login(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return run


def ids(**options):
    return {found.id for found in run_checks(**options) if found.id.startswith("obc.")}


def of_database():
    return ids(databases=["default"], tags=["database"])


@pytest.mark.django_db
def test_a_sound_installation_passes():
    assert ids(databases=["default"]) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("ALTER TABLE client_reports DISABLE ROW LEVEL SECURITY", "obc.E012"),
        ("DROP POLICY one_tenant ON analytics_events", "obc.E012"),
        ("ALTER SEQUENCE analytics_events_seq_seq CACHE 10", "obc.E013"),
        ("ALTER ROLE obc_app BYPASSRLS", "obc.E011"),
    ],
)
def test_a_mistake_in_the_database_is_found(as_login, mistake, found):
    as_login(mistake)
    assert of_database() == {found}


@pytest.mark.django_db
def test_acting_as_the_login_is_found(settings):
    with connection.as_login():
        assert of_database() == {"obc.E011"}


@pytest.mark.django_db
def test_every_table_of_tenants_is_looked_at():
    """By the models, so a new one can't be forgotten."""
    tables = set(checks.tables_of_tenants())
    assert {"analytics_events", "quarantined_events", "tenants_apikey", "tenants_tenant"} <= tables
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns"
            " WHERE column_name = 'tenant_id' AND table_schema = 'public'"
        )
        assert {table for (table,) in cursor.fetchall()} <= tables


@pytest.mark.django_db
def test_nothing_is_judged_while_migrations_wait(as_login, monkeypatch):
    """`migrate` runs the checks first, and must get to repair what they would find."""
    as_login("ALTER TABLE client_reports DISABLE ROW LEVEL SECURITY")
    monkeypatch.setattr(health, "_on_disk", lambda: {("events", "9999_to_come")})
    assert of_database() == set()


def test_secrets_that_others_can_read_are_found(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    secrets_file.write(tmp_path, {"django_secret_key": "x"})
    assert ids() == set()
    (tmp_path / secrets_file.NAME).chmod(0o644)
    assert ids() == {"obc.E002"}


def test_a_data_folder_that_can_not_be_written_is_found(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert ids() == {"obc.E001"}


def deployed():
    return ids(include_deployment_checks=True)


def test_a_secret_key_that_ends_with_the_process_is_found(settings, tmp_path):
    settings.DATA_DIR, settings.SECRET_KEY_KEPT = tmp_path, False
    assert "obc.E020" in deployed()
    settings.SECRET_KEY_KEPT = True
    assert "obc.E020" not in deployed()
    settings.SECRET_KEY_KEPT = False
    settings.SECRET_KEY = secrets_file.ensure(tmp_path, "django_secret_key")
    assert "obc.E020" not in deployed()


def test_any_host_name_is_warned_of(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert "obc.W021" in deployed()
    settings.ALLOWED_HOSTS = ["analytics.example"]
    assert "obc.W021" not in deployed()


@pytest.mark.django_db
def test_every_mistake_comes_with_a_hint(as_login):
    as_login("ALTER SEQUENCE analytics_events_seq_seq CACHE 10")
    assert all(found.hint for found in run_checks(databases=["default"], tags=["database"]))


@pytest.mark.django_db
def test_the_models_and_the_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
