"""Tenants, members and keys in the admin."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tenants.auth import find_key
from tenants.models import ApiKey, Membership, Tenant
from tenants.scope import operator_scope
from tests.factories import make_secret_key, make_tenant, make_write_key

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = "/admin/tenants/apikey/"


@pytest.fixture
def root():
    client = Client()
    client.force_login(User.objects.create_superuser("root", "", "a long password"))
    return client


def add_key(client, tenant, kind, **fields):
    values = {"tenant": str(tenant.id), "kind": kind, "name": "Reports", "scopes": ["read"], **fields}
    return client.post(f"{KEYS}add/", values, follow=True)


def only_key():
    with operator_scope():
        return ApiKey.objects.get()


def test_a_secret_key_is_shown_once(root):
    body = add_key(root, make_tenant(), "secret").content.decode()
    key = re.search(r"obc_sk_[\w-]{20,}", body)[0]
    assert find_key(key).scopes == {"read"}
    for url in (KEYS, f"{KEYS}{only_key().id}/change/", f"{KEYS}{only_key().id}/history/", "/admin/"):
        assert key not in root.get(url).content.decode()


def test_a_write_key_is_public_and_stays_to_be_read(root):
    add_key(root, make_tenant(), "write")
    assert only_key().token in root.get(KEYS).content.decode()
    assert find_key(only_key().token).writes


def test_a_secret_key_needs_a_scope(root):
    response = add_key(root, make_tenant(), "secret", scopes=[])
    assert "A secret key needs a scope." in response.content.decode()
    with operator_scope():
        assert not ApiKey.objects.exists()


def test_a_key_can_be_revoked_and_neither_changed_nor_deleted(root):
    key = make_write_key(make_tenant())
    assert root.post(f"{KEYS}{key.id}/change/", {"name": "x"}).status_code == 403
    assert root.post(f"{KEYS}{key.id}/delete/", {"post": "yes"}).status_code == 403
    root.post(KEYS, {"action": "revoke_selected", "_selected_action": [str(key.id)]})
    assert find_key(key.token) is None
    assert "Revoked." in root.get(f"{KEYS}{key.id}/history/").content.decode()


def test_a_digest_is_never_shown(root):
    make_secret_key(make_tenant())
    for url in (KEYS, f"{KEYS}{only_key().id}/change/"):
        assert only_key().digest not in root.get(url).content.decode()


def test_a_tenant_is_made_and_changed_but_not_deleted(root):
    values = {"name": "Acme", "slug": "acme", "timezone": "Europe/Berlin", "allowed_origins": "[]"}
    root.post("/admin/tenants/tenant/add/", values)
    with operator_scope():
        tenant = Tenant.objects.get(slug="acme")
    root.post(f"/admin/tenants/tenant/{tenant.id}/change/", {**values, "retain_days": 30})
    with operator_scope():
        assert Tenant.objects.get().retain_days == 30
    assert root.post(f"/admin/tenants/tenant/{tenant.id}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"), [("timezone", "Mars/Base"), ("allowed_origins", '["app"]'), ("slug", "Not A Slug")]
)
def test_a_tenant_that_makes_no_sense_is_refused(root, field, value):
    values = {"name": "Acme", "slug": "acme", "timezone": "UTC", "allowed_origins": "[]", field: value}
    assert root.post("/admin/tenants/tenant/add/", values).status_code == 200
    with operator_scope():
        assert not Tenant.objects.exists()


def test_a_persons_account_can_be_deleted_with_its_memberships(root):
    user = User.objects.create_user("mary")
    with operator_scope():
        Membership.objects.create(tenant=make_tenant(), user=user)
    assert root.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"}).status_code == 302
    with operator_scope():
        assert not Membership.objects.exists()


def test_lists_do_not_ask_for_each_rows_tenant(root, django_assert_max_num_queries):
    for number in range(15):
        make_write_key(make_tenant(f"T{number}"))
    for url in (KEYS, "/admin/tenants/membership/", "/admin/tenants/tenant/"):
        with django_assert_max_num_queries(12):
            root.get(url)
