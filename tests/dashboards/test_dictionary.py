"""The dictionary's page: to read for everybody, to describe, verify and hide from analyst on."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards import words
from events.models import DictionaryName
from events.query import run
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered():
    run.forget()


def address(tenant):
    return f"/t/{tenant.slug}/data/dictionary/"


def fill(tenant):
    send(tenant, *[make_event("search", properties={"plan": "team"}) for _ in range(3)], make_event("signup"))
    send(tenant, make_event("$identify", user_id="ada", properties={"$set": {"city": "Oslo"}}))


def names(response):
    found = r'class="word-name"><span class="row"><strong class="clip"><bdi>(.*?)</bdi>'
    return re.findall(found, response.content.decode())


def test_names_of_each_kind_are_listed_most_frequent_first_and_searched(tenant, sign_in):
    fill(tenant)
    client = sign_in(tenant, "viewer")
    assert names(client.get(address(tenant))) == ["search", "$identify", "signup"]
    assert names(client.get(address(tenant), {"sort": "name"})) == ["$identify", "search", "signup"]
    shown = client.get(address(tenant), {"kind": "property"})
    assert names(shown) == ["plan"]
    assert b"team" in shown.content and b"search" in shown.content
    assert names(client.get(address(tenant), {"kind": "profile", "search": "CIT"})) == ["city"]
    assert b"No name here fits" in client.get(address(tenant), {"search": "nothing"}).content


def test_an_analyst_describes_verifies_and_hides(tenant, sign_in):
    fill(tenant)
    client = sign_in(tenant, "analyst")
    said = {"kind": "event", "name": "search", "description": "A <b>search</b>", "verified": "on"}
    answer = client.post(address(tenant) + "?sort=name", said, follow=True)
    assert answer.redirect_chain[0][0].endswith("?sort=name")
    assert b"A &lt;b&gt;search&lt;/b&gt;" in answer.content
    assert names(client.get(address(tenant), {"state": "verified"})) == ["search"]
    client.post(address(tenant), {**said, "hidden": "on"})
    assert names(client.get(address(tenant), {"state": "hidden"})) == ["search"]
    client.post(address(tenant), {"kind": "event", "name": "search", "description": ""})
    assert names(client.get(address(tenant), {"state": "hidden"})) == []
    assert "search" in names(client.get(address(tenant), {"state": "bare"}))


def test_a_viewer_reads_and_changes_nothing(tenant, sign_in):
    fill(tenant)
    client = sign_in(tenant, "viewer")
    assert b"<textarea" not in client.get(address(tenant)).content
    assert client.post(address(tenant), {"kind": "event", "name": "search", "hidden": "on"}).status_code == 403
    with tenant_scope(tenant.id):
        assert not DictionaryName.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status"), [({}, 404), ({"kind": "event", "name": "never"}, 404), ({"kind": "x", "name": "search"}, 404)]
)
def test_a_forged_name_is_refused(tenant, sign_in, fields, status):
    fill(tenant)
    assert sign_in(tenant).post(address(tenant), fields).status_code == status


def test_each_name_leads_to_an_insight_and_to_its_events(tenant, sign_in):
    hostile = "a&b=c~d#\"'"
    send(tenant, make_event(hostile, properties={hostile: 5}), make_event(hostile))
    send(tenant, make_event("$identify", user_id="ada", properties={"$set": {hostile: 5}}))
    client = sign_in(tenant)
    for kind in words.KINDS:
        page = client.get(address(tenant), {"kind": kind.value}).content.decode()
        insight, events = (
            re.search(rf'href="(/t/{tenant.slug}/{path}\?[^"]*)"', page).group(1).replace("&amp;", "&")
            for path in ("insights/new", "events/")
        )
        asked = parse_qs(urlsplit(insight).query)["q"][0]
        assert hostile in asked.replace('\\"', '"')
        shown = client.get(insight)
        assert (shown.status_code, b"Left out" in shown.content) == (200, False)
        listed = client.get(events).content
        assert b"left out" not in listed and b"That is all in this range" in listed


def test_pages_follow_each_other_and_say_how_many_there_are(tenant, sign_in, monkeypatch):
    monkeypatch.setattr(words, "PAGE", 2)
    fill(tenant)
    client = sign_in(tenant)
    second = client.get(address(tenant), {"offset": "2"})
    assert names(second) == ["signup"]
    assert b"Before" in second.content and b"3 names" in second.content
    assert client.get(address(tenant), {"offset": "x"}).status_code == 400


def test_hostile_names_values_and_words_render_as_text(tenant, sign_in):
    send(tenant, *[make_event(text[:200] or "x", properties={text[:100]: text}) for text in CORPUS])
    client = sign_in(tenant)
    for query in ("", "?kind=property", "?search=%22%3E%3Cscript%3E", "?state=x&sort=y&kind=z"):
        response = client.get(address(tenant) + query)
        assert response.status_code == 200
        assert holes(response) == []


def test_an_empty_dictionary_teaches(tenant, sign_in):
    client = sign_in(tenant)
    assert b"analytics.track(" in client.get(address(tenant)).content
    assert b"analytics.identify(" in client.get(address(tenant), {"kind": "profile"}).content
