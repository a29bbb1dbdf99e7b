from __future__ import annotations

import json
import re
from html import unescape

import pytest

from events.query.types import Filter
from obc_analytics.errors import TooSlow
from tests.dashboards import answers
from tests.factories import make_event, make_write_key, send

ZIPPED = [("page_view", "x"), ("page_view", "y"), ("page_view", "z"), ("page_view", "z"), ("a&b", "x"), ("a&b", "y"),
          ("a&b", "y"), ("click", "z")]  # fmt: skip


@pytest.fixture
def viewer(sign_in, tenant):
    return sign_in(tenant, "viewer")


def panels(client, tenant, query="", **headers):
    return client.get(f"/t/{tenant.slug}/overview/panels{query}", headers=headers)


@pytest.mark.django_db(transaction=True)
def test_it_shows_an_event_that_was_acknowledged(tenant, viewer):
    send(tenant, *(make_event("page_view", user_id=f"u{number % 2}") for number in range(3)))
    shown = panels(viewer, tenant).content.decode()
    assert "page_view" in shown
    assert 'data-label="Events">3</button>' in shown
    assert 'data-label="Users">2</button>' in shown


def test_it_shows_exact_figures_and_their_change(tenant, viewer, monkeypatch):
    monkeypatch.setattr("dashboards.views.overview.dashboard", lambda *args: answers.dashboard_answer())
    shown = panels(viewer, tenant).content.decode()
    for text in ("612,304", "9.1%", "561,200", "41.2%", "3m 34s", "37"):
        assert text in shown


def test_an_empty_tenant_is_told_what_to_send(tenant, viewer):
    key = make_write_key(tenant)
    shown = panels(viewer, tenant).content.decode()
    assert "No events in this range yet" in shown
    assert f"Authorization: Bearer {key.token}" in shown.replace("&#x27;", "'")


def test_it_asks_for_what_the_address_says(tenant, viewer, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "dashboards.views.overview.dashboard", lambda *args: asked.append(args[1:]) or answers.dashboard_answer()
    )
    panels(viewer, tenant, "?range=30d&tz=Asia/Tokyo&compare=0&f=$browser~is~Chrome")
    assert asked == [("30d", "Asia/Tokyo", "", [Filter("$browser", "is", "Chrome")])]


@pytest.mark.django_db(transaction=True)
def test_a_value_filters_the_page_and_its_users_are_those_that_are_listed(tenant, viewer):
    send(tenant, *(make_event(name, user_id=user) for name, user in ZIPPED))
    shown = panels(viewer, tenant, "?range=24h&f=$country~is_not_set").content.decode()
    assert 'href="?f=%24country~is_not_set&amp;f=%24event_name~is~a%26b&amp;range=24h"' in shown
    assert 'data-chart-csv="rank-top_events"' in shown and 'data-value="4"' in shown
    question = json.loads(re.search(r'id="rank-top_events-data"[^>]*>(.*?)</script>', shown, re.S)[1])["question"]
    for number, users in enumerate((3, 2, 1)):  # as the list has them, most events first
        q = json.dumps({"kind": "actors", "of": question, "at": {"series": number}})
        people = viewer.get(f"/t/{tenant.slug}/people-behind", {"q": q}).content.decode()
        assert f"<strong>{users} p" in people


def view(user, path="", url="https://us.example/a", referrer="", name="page_view"):
    properties = {"path": path} if path else {}
    return make_event(name, user_id=user, page_url=url, referrer=referrer, properties=properties)


VIEWS = (
    view("x"), view("y"), view("y"), view("z", path="/a", url="https://us.example/elsewhere"),  # what it says it shows
    view("w", name="click"),  # no view
    view("x", "/b", referrer="https://news.example/1"), view("x", "/b", referrer="https://NEWS.example/2"),
    view("y", "/b", referrer="https://us.example/a"),  # from our own page
    view("z", "/b", referrer="https://blog.example", name="click"),
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ranking", "listed"),
    [("pages", {"/a": {"x", "y", "z"}, "/b": {"x", "y"}}), ("referrers", {"news.example": {"x"}})],
    ids=["pages", "referrers"],
)
def test_the_users_of_a_page_and_of_a_referrer_are_those_that_are_listed(tenant, viewer, ranking, listed):
    send(tenant, *VIEWS)
    shown = panels(viewer, tenant, "?range=24h").content.decode()
    card = shown[shown.index(f'data-chart-root="rank-{ranking}"') :]
    card = card[: card.index("</section>")]
    assert f'data-people="/t/{tenant.slug}/people-behind"' in card
    names = re.findall(r'title="Filter by this"><bdi>([^<]+)', card)
    numbers = re.findall(r'class="pick" data-at="([^"]*)">(\d+)<', card)
    assert dict(zip(names, (int(users) for _, users in numbers), strict=True)) == {
        name: len(people) for name, people in listed.items()
    }
    question = json.loads(re.search(r"-data\"[^>]*>(.*?)</script>", card, re.S)[1])["question"]
    for name, (at, _) in zip(names, numbers, strict=True):
        q = json.dumps({"kind": "actors", "of": question, "at": json.loads(unescape(at))})
        people = viewer.get(f"/t/{tenant.slug}/people-behind", {"q": q}).content.decode()
        assert f"<strong>{len(listed[name])} p" in people
        assert {who for who in "wxyz" if f"profile?id={who}" in people} == listed[name]


def test_a_question_that_fails_shows_its_reason_in_its_tile(tenant, viewer, monkeypatch):
    def fail(*args):
        raise TooSlow("Narrow the range.")

    monkeypatch.setattr("dashboards.views.overview.dashboard", fail)
    response = panels(viewer, tenant, **{"HX-Request": "true"})
    assert response.status_code == 504
    assert b"Narrow the range." in response.content
    assert b"<html" not in response.content


def test_the_frame_comes_without_waiting_for_a_question(tenant, viewer, monkeypatch):
    monkeypatch.setattr("dashboards.views.overview.dashboard", None)
    response = viewer.get(f"/t/{tenant.slug}/overview/?range=30d")
    assert f'hx-get="/t/{tenant.slug}/overview/panels?range=30d"' in response.content.decode()
