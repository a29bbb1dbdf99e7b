"""Migrations act as the login; whatever a cut-off one leaves behind, the application's role can read it."""

from __future__ import annotations

import pytest
from django.db import connection

from tenants import roles

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_table_is_usable_from_its_making_on_before_the_grants_at_the_end():
    roles.act_as_login(using="default")
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE half_migrated (id bigint)")
            cursor.execute("SET ROLE obc_app")
            cursor.execute("SELECT count(*) FROM half_migrated")
            assert cursor.fetchone() == (0,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; DROP TABLE half_migrated; SET ROLE obc_app")
