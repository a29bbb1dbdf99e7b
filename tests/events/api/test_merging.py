"""`profiles/merge`, `profiles/undo` and `profiles/links`: who may, what is said, what is refused."""

from __future__ import annotations

import json

from django.contrib.auth import get_user_model
from django.test import Client

from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.api.conftest import API
from tests.events.api.test_query import own_folder  # noqa: F401
from tests.factories import make_event, make_secret_key, send

WANTED = {"id": "phone/1", "into": "ada"}
PAIR = {"source": "phone/1", "target": "ada"}


def fill(tenant):
    send(tenant, make_event("visit", device_id="phone/1"), make_event("visit", user_id="ada"))


class Asker:
    """GET with a query, POST with JSON, below `profiles`; by a key or as a member of a role."""

    def __init__(self, tenant, key=None, role=None):
        self.headers = {"authorization": f"Bearer {key}"} if key else {}
        self.client = Client(headers=self.headers)
        if role:
            person = get_user_model().objects.create_user(role, password="a long password")
            with operator_scope():
                Membership.objects.create(tenant=tenant, user=person, role=role)
            self.client.force_login(person)

    def get(self, path="", **query):
        return self.client.get(f"{API}/profiles{path}", query)

    def post(self, path, body):
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(f"{API}/profiles{path}", raw, "application/json")


def with_scope(tenant, *scopes):
    return Asker(tenant, key=make_secret_key(tenant, scopes=scopes))


def test_a_key_that_may_change_things_previews_merges_lists_and_undoes(tenant):
    fill(tenant)
    ask = with_scope(tenant, "read", "manage")
    foretold = ask.get("/merge", **WANTED).json()
    assert (foretold["moves"], foretold["ids"]) == ({"ids": 1, "events": 1}, ["phone/1"])
    done = ask.post("/merge", WANTED)
    assert (done.status_code, done.json()["link"]) == (201, PAIR)
    assert ask.get().json()["total"] == 1
    link = ask.get("/links/", id="ada").json()["links"][0]
    assert (link["kind"], link["state"], link["by"]) == ("merge", "joined", "key Server")
    assert ask.post("/merge", WANTED).status_code == 409
    assert ask.post("/undo", PAIR).json()["state"] == "undone"
    assert ask.get().json()["total"] == 2
    assert ask.post("/undo", PAIR).status_code == 409


def test_an_analyst_merges_and_a_viewer_or_a_key_that_only_reads_may_not(tenant):
    fill(tenant)
    for ask in (Asker(tenant, role="viewer"), with_scope(tenant, "read")):
        statuses = [ask.get("/merge", **WANTED).status_code, ask.post("/merge", WANTED).status_code]
        assert [*statuses, ask.post("/undo", PAIR).status_code] == [403, 403, 403]
        assert ask.get("/links", id="ada").json()["links"] == []
    analyst = Asker(tenant, role="analyst")
    assert analyst.post("/merge", WANTED).status_code == 201
    assert analyst.get("/links", id="ada").json()["links"][0]["by"] == "analyst"


def test_another_tenants_people_are_nobody(tenant, other):
    fill(other)
    ask = with_scope(tenant, "read", "manage")
    answers = [ask.get("/merge", **WANTED), ask.post("/merge", WANTED), ask.post("/undo", PAIR)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert ask.get("/links", id="ada").json()["links"] == []


def test_what_is_wrong_with_a_body_or_a_query_is_400_and_named(tenant):
    fill(tenant)
    ask = with_scope(tenant, "read", "manage")
    bodies = ["{", "[]", '{"id": "\\ud800", "into": "ada"}', {"id": "phone/1"}, {**WANTED, "id": "x" * 256},
              {**WANTED, "id": ""}, {**WANTED, "id": 5}, {**WANTED, "id": "a\x00"}, {**WANTED, "more": 1}]  # fmt: skip
    for body in bodies:
        assert ask.post("/merge", body).status_code == 400, body
    assert ask.post("/merge", {**WANTED, "id": 5}).json()["error"]["details"]["path"] == "$.id"
    assert ask.post("/undo", {"source": "a\x00", "target": "b"}).status_code == 400
    for query in ({"id": "ada"}, {**WANTED, "id": "x" * 256}, {**WANTED, "more": "1"}):
        assert ask.get("/merge", **query).status_code == 400
    assert ask.get("/links").status_code == 400
