"""The database keeps tenants apart: closed by default, one tenant in a scope, values restored on exit."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from events.models import Event
from tenants.models import ApiKey, Tenant
from tenants.scope import operator_scope, tenant_scope
from tests.factories import make_event, make_tenant, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)


def visible():
    return set(Tenant.objects.values_list("name", flat=True))


@pytest.fixture
def two():
    return make_tenant("A"), make_tenant("B")


def test_outside_a_scope_no_tenants_row_is_visible(two):
    make_write_key(two[0])
    send(two[0], make_event())
    assert (Tenant.objects.count(), ApiKey.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_outside_a_scope_nothing_can_be_written(two):
    with pytest.raises(ProgrammingError, match="row-level security"):
        Tenant.objects.create(name="C", slug="c")


def test_a_scope_opens_one_tenant(two):
    send(two[0], make_event())
    send(two[1], make_event(), make_event())
    with tenant_scope(two[1].id):
        assert (visible(), Event.objects.count()) == ({"B"}, 2)


def test_a_scope_cannot_write_into_another_tenant(two):
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(two[0].id):
        ApiKey.objects.create_write(two[1])


def test_an_update_does_not_reach_another_tenant(two):
    with tenant_scope(two[0].id):
        assert Tenant.objects.filter(id=two[1].id).update(name="stolen") == 0


def test_a_row_cannot_be_moved_to_another_tenant(two):
    key = make_write_key(two[0])
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(two[0].id):
        ApiKey.objects.filter(id=key.id).update(tenant=two[1])


def test_scopes_nest_and_give_back_what_was_before(two):
    with operator_scope():
        assert visible() == {"A", "B"}
        with tenant_scope(two[0].id):
            assert visible() == {"A"}
            with tenant_scope(two[1].id):
                assert visible() == {"B"}
            assert visible() == {"A"}
        assert visible() == {"A", "B"}
    assert visible() == set()


def test_an_error_inside_gives_back_what_was_before_too(two):
    with tenant_scope(two[0].id):
        with pytest.raises(ZeroDivisionError), tenant_scope(two[1].id):
            _ = 1 / 0
        assert visible() == {"A"}
        with pytest.raises(ProgrammingError), tenant_scope(two[1].id), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
        assert visible() == {"A"}


def test_a_scope_ends_with_the_transaction_around_it(two):
    with transaction.atomic():
        with tenant_scope(two[0].id):
            pass
        assert visible() == set()


@pytest.mark.parametrize("hostile", ["' OR true --", "*", "", "00000000-0000-0000-0000-00000000000g"])
def test_a_scope_takes_a_uuid_only(hostile):
    with pytest.raises(ValueError), tenant_scope(hostile):  # type: ignore[arg-type]
        pass


def test_every_table_with_tenants_rows_is_guarded():
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model is Tenant or any(field.name == "tenant" for field in model._meta.get_fields() if field.concrete)
    ]
    assert len(tables) >= 7
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relname = ANY(%s)", [tables])
        assert {row[0] for row in cursor.fetchall()} == set(tables)


def test_the_application_cannot_truncate_past_the_guard(two):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_events")
