"""Who may read, by which path and method, and how often."""

from __future__ import annotations

import json
import uuid

import pytest
from django.contrib.auth import get_user_model

from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.api.conftest import API
from tests.factories import make_event, make_secret_key, make_write_key, send

PATHS = ["events", "events/x", "stats", "dashboard", "ledger", "connections"]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_reads_without_a_key_or_a_session(tenant, client, path):
    answer = client.get(f"{API}/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


@pytest.mark.parametrize("path", PATHS)
def test_a_write_key_reads_nothing(write_key, client, path):
    assert client.get(f"{API}/{path}", headers={"x-api-key": write_key}).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_key_in_the_address_is_refused(tenant, client, path):
    answer = client.get(f"{API}/{path}", {"key": make_secret_key(tenant)})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_a_tenant_id_that_disagrees_with_the_key_is_403_whether_there_is_one_or_not(tenant, other, ask, path):
    for disagrees in (str(other.id), str(uuid.uuid4()), "nonsense"):
        assert ask(path, tenant_id=disagrees).status_code == 403
    assert ask(path, tenant_id=str(tenant.id).upper()).status_code in (200, 404)


@pytest.mark.parametrize("path", ["events", "stats", "dashboard", "ledger", "connections", "schema", "docs"])
def test_a_path_answers_with_and_without_its_slash(ask, path):
    assert ask(path).status_code == ask(f"{path}/").status_code == 200


@pytest.mark.parametrize("path", ["nothing", "events2", "stats/x", ""])
def test_an_unknown_path_is_404_in_json(client, transactional_db, path):
    for method in ("get", "post", "delete"):
        answer = getattr(client, method)(f"{API}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["stats", "dashboard", "ledger", "connections", "events/x"])
def test_a_wrong_method_is_405_and_says_which_are_served(tenant, client, path):
    answer = client.delete(f"{API}/{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_too_many_questions_are_429_with_retry_after(ask, monkeypatch):
    monkeypatch.setattr("tenants.throttling.ReadThrottle.rate", "2/min")
    assert [ask("connections").status_code for _ in range(3)] == [200, 200, 429]
    answer = ask("connections")
    assert answer.json()["error"]["code"] == "throttled"
    assert 0 < int(answer["Retry-After"]) <= 60


def test_writing_is_not_throttled_with_reading(tenant, ask, client, monkeypatch):
    monkeypatch.setattr("tenants.throttling.ReadThrottle.rate", "1/min")
    key = make_write_key(tenant).token
    for _ in range(3):
        body = json.dumps(make_event())
        answer = client.post(f"{API}/events", body, "application/json", headers={"x-api-key": key})
        assert answer.status_code == 201


# --- sessions -------------------------------------------------------------------------------------------


@pytest.fixture
def person(transactional_db):
    return get_user_model().objects.create_user("ada", "ada@example.org", "a long password")


def join(person, tenant, role="viewer"):
    with operator_scope():
        Membership.objects.create(tenant=tenant, user=person, role=role)


def test_a_member_of_one_tenant_reads_it_by_session(tenant, person, client):
    join(person, tenant)
    send(tenant, make_event(event_id="a"))
    client.force_login(person)
    assert [row["event_id"] for row in client.get(f"{API}/events").json()["results"]] == ["a"]


def test_a_member_of_several_tenants_names_one(tenant, other, person, client):
    join(person, tenant)
    join(person, other)
    send(other, make_event(event_id="o"))
    client.force_login(person)
    assert client.get(f"{API}/events").status_code == 400
    answer = client.get(f"{API}/events", {"tenant_id": str(other.id)})
    assert [row["event_id"] for row in answer.json()["results"]] == ["o"]


def test_a_tenant_one_does_not_belong_to_is_404_by_session_too(tenant, other, person, client):
    join(person, tenant)
    client.force_login(person)
    for path in PATHS:
        assert client.get(f"{API}/{path}", {"tenant_id": str(other.id)}).status_code == 404
        assert client.get(f"{API}/{path}", {"tenant_id": "nonsense"}).status_code == 404
