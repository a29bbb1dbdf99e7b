"""One event in the admin: to read, never to change, whatever it holds."""

from __future__ import annotations

import html

import pytest

from events.inspection import show
from events.models import Event
from tenants.scope import operator_scope
from tests.factories import make_event, send

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(event):
    return f"/admin/events/event/{event.id}/change/"


@pytest.fixture
def event(acme):
    def make(**fields):
        send(acme, make_event(**fields))
        with operator_scope():
            return Event.objects.latest("seq")

    return make


def test_it_shows_properties_indented(root, event):
    body = html.unescape(root.get(page_of(event(properties={"plan": {"seats": 5}}))).content.decode())
    assert '"plan": {\n    "seats": 5\n  }' in body


def test_hostile_values_are_text(root, event):
    script = "</pre><script>alert(1)</script>"
    made = event(name=script, properties={script: script}, page_url="javascript:alert(1)", referrer=script)
    for url in (page_of(made), "/admin/events/event/"):
        body = root.get(url).content.decode()
        assert "<script>alert" not in body and 'href="javascript:' not in body


def test_text_that_turns_around_is_shown_by_its_number(root, event):
    body = root.get(page_of(event(properties={"file": "exe\u202egpj"}))).content.decode()
    assert "exe\\u202egpj" in body and "\u202e" not in body


def test_a_very_long_value_shows_its_beginning(root, event):
    body = root.get(page_of(event(properties={"text": "\u00e9" * 30_000, "more": "x" * 1_000}))).content.decode()
    assert body.count("\u00e9") == 30_000


@pytest.mark.parametrize("path", ["add/", "{id}/delete/"])
def test_there_is_no_way_to_add_or_delete(root, event, path):
    made = event()
    assert root.get("/admin/events/event/" + path.format(id=made.id)).status_code == 403
    assert root.post("/admin/events/event/" + path.format(id=made.id), {"post": "yes"}).status_code == 403


def test_it_can_not_be_changed(root, event):
    made = event(name="before")
    assert root.post(page_of(made), {"event_name": "after"}).status_code == 403
    with operator_scope():
        assert Event.objects.get(id=made.id).event_name == "before"


@pytest.mark.parametrize("id_", ["00000000-0000-0000-0000-000000000000", "7", "%00", "_0A"])
def test_an_id_that_is_none_leads_home(root, acme, id_):
    response = root.get(f"/admin/events/event/{id_}/change/")
    assert response.status_code in (302, 404)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b"{", b"[" * 5_000, b'{"a":"\\ud800"}', b'{"n":' + b"9" * 5_000 + b"}", b"\x00\x1b[31m", b""]
)
def test_bytes_that_are_no_json_are_shown_all_the_same(raw):
    shown = show.raw_block(raw)
    assert shown.encode().startswith(b"<pre") and "\x1b" not in shown
