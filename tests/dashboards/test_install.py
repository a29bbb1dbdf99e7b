from __future__ import annotations

import pytest

from dashboards.snippets import snippets
from tests.factories import make_event, make_write_key, send


@pytest.mark.django_db(transaction=True)
def test_its_status_turns_with_the_first_event(tenant, sign_in):
    client, address = sign_in(tenant, "viewer"), f"/t/{tenant.slug}/install/status"
    assert b"Waiting" in client.get(address).content
    send(tenant, make_event("hello"))
    shown = client.get(address).content
    assert b"Received" in shown
    assert b"hello" in shown


@pytest.mark.parametrize("name", ["script", "react", "typescript", "mixpanel", "fetch", "curl", "python", "ws"])
def test_each_snippet_has_the_key_and_this_server(name):
    code = snippets("https://analytics.example", "obc_pk_abc")[name].code
    assert "obc_pk_abc" in code
    assert "://analytics.example/" in code


def test_a_secure_server_gets_a_secure_socket():
    assert "wss://analytics.example/ws/analytics" in snippets("https://analytics.example", "k")["ws"].code


def test_it_shows_the_tenants_own_key(tenant, sign_in):
    key = make_write_key(tenant)
    assert key.token in sign_in(tenant, "viewer").get(f"/t/{tenant.slug}/install/").content.decode()


def test_it_says_who_can_help_when_no_key_is_in_use(tenant, sign_in):
    address = f"/t/{tenant.slug}/install/"
    assert b"Make one" in sign_in(tenant, "owner").get(address).content
    assert b"Ask an owner" in sign_in(tenant, "viewer").get(address).content


def test_a_package_is_installed_by_its_version(tenant, sign_in):
    make_write_key(tenant)
    shown = sign_in(tenant, "viewer").get(f"/t/{tenant.slug}/install/").content.decode()
    assert "npm install http://testserver/sdk/openbiocure-analytics-" in shown


def test_the_migration_page_shows_the_changed_import_with_the_key(tenant, sign_in):
    key = make_write_key(tenant)
    shown = sign_in(tenant, "viewer").get(f"/t/{tenant.slug}/install/mixpanel").content.decode()
    assert "@openbiocure/analytics/mixpanel" in shown
    assert key.token in shown
    assert "people.set" in shown
