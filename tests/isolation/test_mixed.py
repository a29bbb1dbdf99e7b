"""One's own tenant in the path with another's member or key behind it; and the tables themselves."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.isolation.test_walk import askers, fill, fingerprint

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_tenants_members_and_keys_are_not_reached_through_ones_own():
    a, b = fill("a", "ours-a"), fill("b", "marker-of-b")
    before, clients, own = fingerprint(b), askers(a), f"/api/v1/tenants/{a.tenant.id}"
    member, key = f"{own}/members/{b.people['viewer'].pk}", f"{own}/keys/{b.objects['tenants.apikey']}"
    for who in ("owner", "secret key"):
        change = clients[who].patch(member, '{"role": "owner"}', content_type="application/json")
        statuses = [change.status_code, clients[who].delete(member).status_code, clients[who].delete(key).status_code]
        assert statuses == [404, 404, 404], who
    form = {"action": "revoke", "key": b.objects["tenants.apikey"]}
    assert clients["owner"].post(f"/t/{a.tenant.slug}/settings/keys/", form).status_code == 404
    assert fingerprint(b) == before


def test_every_table_with_a_tenant_is_kept_apart_by_the_database_and_empty_outside_a_scope():
    fill("a", "ours-a")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        found = dict(cursor.fetchall())
        assert len(found) >= 6 and all(found.values()), found
        for table in found:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            assert cursor.fetchone() == (0,), table
