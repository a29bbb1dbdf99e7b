"""Users: the list, its search, and one profile."""

from __future__ import annotations

import pytest

from events.models import Cohort
from events.query import run
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)
USER, OTHER = "5b1c7c1e-0c57-4a86-8f0c-5d3a1f4e2b6a", "5b1c7c1e-0c57-4a86-8f0c-5d3a1f4e2b6b"


@pytest.fixture
def get(tenant, sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    client = sign_in(tenant, "viewer")
    return lambda path="", **query: client.get(f"/t/{tenant.slug}/people/{path}", query)


def ann(tenant):
    """Ann on a device whose id holds a slash, once before and once after she is known; and one other person."""
    send(tenant, make_event("look", user_id=None, device_id="d/1", session_id="s-1"))
    told = {"$set": {"name": "Ann Lee", "plan": "pro"}}
    send(tenant, make_event("$identify", user_id=USER, device_id="d/1", session_id="s-2", properties=told))
    send(tenant, make_event("other", user_id=OTHER, device_id=None))


@pytest.mark.parametrize("id_", [USER, "d/1"])
def test_any_of_its_ids_opens_the_profile(tenant, get, id_):
    ann(tenant)
    answer = get("profile", id=id_).context["answer"]
    assert (answer["person"]["id"], answer["person"]["events"]) == (USER, 2)
    assert (answer["ids"], answer["traits"]) == ([USER, "d/1"], {"name": "Ann Lee", "plan": "pro"})
    assert {event["session_id"] for event in answer["events"]} == {"s-1", "s-2"}
    assert {(event["session_events"], event["session_seconds"]) for event in answer["events"]} == {(1, 0.0)}


@pytest.mark.parametrize("search", ["ann l", "D/1", USER[5:]])
def test_a_person_is_found_by_name_and_by_each_id(tenant, get, search):
    ann(tenant)
    answer = get(search=search).context["answer"]
    assert [person["id"] for person in answer["people"]] == [USER]


def test_the_list_has_each_person_once(tenant, get):
    ann(tenant)
    assert get().context["answer"]["total"] == 2


def test_nobody_of_another_tenant_is_found(tenant, get):
    ann(make_tenant("Elsewhere"))
    assert get("profile", id=USER).status_code == 404
    assert get().context["answer"]["total"] == 0


def test_hostile_names_and_ids_stay_text(tenant, get):
    for number, text in enumerate(CORPUS):
        send(tenant, make_event("$identify", user_id=None, device_id=f"h{number}", properties={"$set": {"name": text}}))
    assert not holes(get())
    assert not holes(get("profile", id="h0"))


def test_the_list_is_paged(tenant, get, monkeypatch):
    monkeypatch.setattr("dashboards.views.people.PAGE", 1)
    ann(tenant)
    first, last = get(), get(offset=1)
    assert 'href="?offset=1"' in first.content.decode()
    assert last.context["steps"] == {"before": "?", "after": ""}
    assert {answer.context["answer"]["people"][0]["id"] for answer in (first, last)} == {USER, OTHER}


def test_filters_of_the_bar_apply_beside_the_search(tenant, get):
    ann(tenant)
    by_trait, by_event = get(f="profile:plan~is~pro"), get(f="$event_name~is~other", search="5b1c")
    assert [person["id"] for person in by_trait.context["answer"]["people"]] == [USER]
    assert [person["id"] for person in by_event.context["answer"]["people"]] == [OTHER]
    assert 'name="f" value="$event_name~is~other"' in by_event.content.decode()
    assert get(f="$event_name~is~other", search="ann l").context["answer"]["total"] == 0


def test_a_cohort_narrows_the_list(tenant, get):
    ann(tenant)
    with tenant_scope(tenant.id):
        rule = {"type": "property", "property": "profile:plan", "op": "is", "value": "pro"}
        cohort = Cohort.objects.create(tenant=tenant, name="Pro", definition=rule)
    for value, wanted in (("true", USER), ("false", OTHER)):
        found = get(f=f"cohort:{cohort.id}~is~{value}").context["answer"]["people"]
        assert [person["id"] for person in found] == [wanted]


def test_the_list_is_sorted_as_chosen_and_links_keep_it(tenant, get):
    ann(tenant)
    for sort, first in (("events", USER), ("last_seen", OTHER), ("first_seen", OTHER), ("nonsense", OTHER)):
        page = get(sort=sort, search="-")
        assert page.context["answer"]["people"][0]["id"] == first
    assert "search=-&amp;sort=events" in page.content.decode()
