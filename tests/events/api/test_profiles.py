"""`GET profiles`: people, and one of them."""

from __future__ import annotations

import pytest

from tests.events.api.test_names import get  # noqa: F401
from tests.events.api.test_query import own_folder  # noqa: F401
from tests.factories import make_event, send


def fill(tenant):
    send(
        tenant,
        make_event("visit", device_id="phone/1"),
        make_event("login", device_id="phone/1", user_id="ada"),
        make_event("$identify", user_id="ada", properties={"$set": {"name": "Ada L", "plan": "team"}}),
        make_event("visit", user_id="bob"),
    )


def test_linked_ids_are_one_person(tenant, get):  # noqa: F811
    fill(tenant)
    found = get("profiles").json()
    assert (found["total"], {person["id"] for person in found["people"]}) == (2, {"ada", "bob"})
    assert [person["id"] for person in get("profiles", search="PHONE").json()["people"]] == ["ada"]


def test_whoever_has_just_the_id_that_is_searched_comes_first(tenant, get):  # noqa: F811
    for who in ("u2", "u20", "u21"):
        send(tenant, make_event("visit", user_id=who))
    people = get("profiles", search="u2").json()["people"]
    assert [person["id"] for person in people] == ["u2", "u21", "u20"]


def test_any_id_of_a_person_opens_it_with_ids_traits_and_events(tenant, get):  # noqa: F811
    fill(tenant)
    found = get("profiles/", id="phone/1", limit=2).json()
    assert (found["person"]["id"], set(found["ids"])) == ("ada", {"ada", "phone/1"})
    assert found["traits"] == {"name": "Ada L", "plan": "team"}
    assert (found["person"]["events"], len(found["events"])) == (3, 2)


def test_an_id_that_nobody_has_is_404(tenant, get):  # noqa: F811
    fill(tenant)
    assert get("profiles", id="nobody").status_code == 404


@pytest.mark.parametrize("query", [{"limit": "0"}, {"offset": "-1"}, {"search": "x" * 256}, {"order": "up"}])
def test_a_wrong_parameter_is_400(tenant, get, query):  # noqa: F811
    assert get("profiles", **query).status_code == 400
