from __future__ import annotations

import re

import pytest

from tenants.auth import find_key, forget_keys
from tenants.models import ApiKey
from tenants.scope import operator_scope
from tests.factories import make_tenant, make_write_key


@pytest.fixture
def owner(sign_in, tenant):
    return sign_in(tenant)


def post(client, tenant, **fields):
    forget_keys()
    return client.post(f"/t/{tenant.slug}/settings/keys/", fields)


def test_it_shows_a_secret_in_the_answer_that_makes_it_and_never_again(owner, tenant):
    made = post(owner, tenant, action="create", kind="secret", name="Server").content.decode()
    secret = re.search(r"obc_sk_[\w-]+", made).group()
    assert find_key(secret).tenant.id == tenant.id
    assert secret not in owner.get(f"/t/{tenant.slug}/settings/keys/").content.decode()


def test_it_makes_a_write_key_that_may_send(owner, tenant):
    post(owner, tenant, action="create", kind="write", name="Web app")
    with operator_scope():
        key = ApiKey.objects.get(tenant=tenant, name="Web app")
    assert find_key(key.token).writes


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 101}, {"name": "a\x00b"}, {"name": "ok", "kind": "root"}]
)
def test_it_makes_no_key_of_a_bad_form_and_says_why(owner, tenant, fields):
    response = post(owner, tenant, **{"action": "create", "kind": "write", **fields})
    assert response.status_code == 422
    assert b'role="alert"' in response.content
    with operator_scope():
        assert not ApiKey.objects.filter(tenant=tenant).exists()


def test_it_revokes_a_key(owner, tenant):
    key = make_write_key(tenant)
    assert find_key(key.token) is not None
    post(owner, tenant, action="revoke", key=str(key.id))
    assert find_key(key.token) is None


@pytest.mark.parametrize("named", ["not-a-uuid", "", "foreign"])
def test_it_revokes_no_key_of_another_tenant(owner, tenant, named):
    foreign = make_write_key(make_tenant("Elsewhere"))
    response = post(owner, tenant, action="revoke", key=str(foreign.id) if named == "foreign" else named)
    assert response.status_code == 404
    forget_keys()
    assert find_key(foreign.token) is not None


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_it_lets_owners_only_change_keys(sign_in, tenant, role):
    assert post(sign_in(tenant, role), tenant, action="create", kind="write", name="Mine").status_code == 403
    with operator_scope():
        assert not ApiKey.objects.filter(tenant=tenant).exists()


def test_it_lists_the_keys_of_this_tenant_only(owner, tenant):
    own, foreign = make_write_key(tenant), make_write_key(make_tenant("Elsewhere"))
    page = owner.get(f"/t/{tenant.slug}/settings/keys/").content.decode()
    assert own.prefix in page
    assert foreign.prefix not in page
