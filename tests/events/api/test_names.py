"""`GET dictionary` and `GET values`: names and values that came, for pickers."""

from __future__ import annotations

import pytest

from events.segments import cut
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
