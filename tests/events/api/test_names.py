"""`GET dictionary` and `GET values`: names and values that came, for pickers; `PATCH dictionary`: words on a name."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from events.segments import cut
from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.api.conftest import API
from tests.events.api.test_query import own_folder  # noqa: F401
from tests.factories import make_event, make_secret_key, send

HOSTILE = "'; DROP TABLE x; -- ~/\u202e$p0"


@pytest.fixture
def get(tenant, client):
    secret = make_secret_key(tenant)

    def ask(path, **query):
        return client.get(f"{API}/{path}", query, headers={"authorization": f"Bearer {secret}"})

    return ask


def fill(tenant):
    send(tenant, *[make_event("search", properties={"plan": "team", "n": 5, HOSTILE: HOSTILE}) for _ in range(3)])
    cut.cut(tenant.id)
    send(tenant, make_event("signup", properties={"plan": "free"}, user_id="ada"))
    send(tenant, make_event("$identify", properties={"$set": {"city": "Oslo"}}, user_id="ada"))


def test_names_of_events_come_most_frequent_first_the_newest_among_them(tenant, get):
    fill(tenant)
    found = get("dictionary", kind="event").json()["results"]
    assert [(each["name"], each["volume"]) for each in found] == [("search", 3), ("$identify", 1), ("signup", 1)]
    assert [each["name"] for each in get("dictionary", search="SIGN").json()["results"]] == ["signup"]


def test_names_of_properties_have_types_and_examples(tenant, get):
    fill(tenant)
    found = {each["name"]: each for each in get("dictionary/", kind="property").json()["results"]}
    assert (found["plan"]["volume"], found["plan"]["types"], found["plan"]["examples"]) == (
        4,
        ["text"],
        ["free", "team"],
    )
    assert (found["n"]["types"], found["n"]["examples"]) == (["number"], ["5"])
    assert found[HOSTILE]["examples"] == [HOSTILE]


def test_values_of_properties_built_ins_and_profiles(tenant, get):
    fill(tenant)
    assert get("values", property="plan").json()["results"] == [
        {"value": "team", "count": 3},
        {"value": "free", "count": 1},
    ]
    assert [each["value"] for each in get("values", property="plan", prefix="FR").json()["results"]] == ["free"]
    assert [each["value"] for each in get("values", property="$event_name", limit=1).json()["results"]] == ["search"]
    assert [each["value"] for each in get("values", property="profile:city").json()["results"]] == ["Oslo"]
    assert [each["value"] for each in get("values", property=HOSTILE).json()["results"]] == [HOSTILE]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("dictionary", {"kind": "people"}),
        ("dictionary", {"limit": "0"}),
        ("dictionary", {"search": "x" * 300}),
        ("values", {}),
        ("values", {"property": "$nothing"}),
        ("values", {"property": "plan", "order": "up"}),
    ],
)
def test_a_wrong_parameter_is_400(tenant, get, path, query):
    assert get(path, **query).status_code == 400


# --- what people say of a name --------------------------------------------------------------------------


@pytest.fixture
def member(tenant):
    """`member("viewer")`: a signed-in client."""

    def make(role):
        person = get_user_model().objects.create_user(role, password="a long pass phrase")
        with operator_scope():
            Membership.objects.create(tenant=tenant, user=person, role=role)
        found = Client()
        found.force_login(person)
        return found

    return make


def patch(client, words, kind="event", name="search", **headers):
    address = f"{API}/dictionary?{urlencode({'kind': kind, 'name': name})}"
    return client.patch(address, words, content_type="application/json", headers=headers)


def test_a_hidden_name_is_left_out_unless_asked_for_and_answers_as_before(tenant, get, member):
    fill(tenant)
    answer = patch(member("analyst"), {"hidden": True, "description": "A search"})
    assert (answer.status_code, answer.json()["hidden"], answer.json()["volume"]) == (200, True, 3)
    assert "search" not in [each["name"] for each in get("dictionary").json()["results"]]
    found = get("dictionary", hidden="1", search="a sear").json()
    assert [(each["name"], each["description"], each["verified"]) for each in found["results"]] == [
        ("search", "A search", False)
    ]
    assert [each["value"] for each in get("values", property="$event_name", limit=1).json()["results"]] == ["search"]


def test_names_of_profiles_are_told_of_by_hostile_names_too(tenant, get, member):
    fill(tenant)
    assert get("dictionary", kind="profile").json()["results"][0]["examples"] == ["Oslo"]
    owner = member("owner")
    assert patch(owner, {"verified": True}, "profile", "city").status_code == 200
    assert patch(owner, {"description": HOSTILE}, "property", HOSTILE).json()["description"] == HOSTILE
    assert patch(owner, {"hidden": True}, "profile", HOSTILE).status_code == 404


def test_who_may_describe_a_name(tenant, other, client, member):
    fill(tenant)
    keys = {scope: make_secret_key(tenant, scopes=(scope,)) for scope in ("read", "manage")}
    asked = {scope: patch(client, {"hidden": True}, authorization=f"Bearer {key}") for scope, key in keys.items()}
    assert {scope: answer.status_code for scope, answer in asked.items()} == {"read": 403, "manage": 200}
    assert patch(member("viewer"), {"hidden": False}).status_code == 403
    theirs = make_secret_key(other, scopes=("manage",))
    assert patch(client, {"hidden": True}, authorization=f"Bearer {theirs}").status_code == 404
    assert patch(Client(), {"hidden": True}).status_code == 401


@pytest.mark.parametrize("words", [{}, [], {"hidden": 1}, {"shown": True}, {"description": "x" * 1001}])
def test_wrong_words_are_400(tenant, member, words):
    fill(tenant)
    assert patch(member("owner"), words).status_code == 400
