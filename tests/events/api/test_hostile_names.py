"""Hostile names and values over HTTP: every filter finds exactly its events, every other word is refused as such."""

from __future__ import annotations

import pytest

from events.models import Event
from events.segments import cut
from tenants.scope import tenant_scope
from tests.events.api.test_names import get  # noqa: F401
from tests.events.api.test_query import own_folder, query  # noqa: F401
from tests.events.query.test_hostile_names import CORPUS
from tests.factories import make_event, send

FIELDS = ("event_category", "session_id", "correlation_id", "page_url", "referrer", "device_id")


@pytest.fixture
def stored(tenant):
    """For each text one event that holds it everywhere, half of them in segments."""
    texts = [text for text in CORPUS.values() if text.strip()]  # a blank is no name
    for part in (texts[::2], texts[1::2]):
        for text in part:
            fields = {**dict.fromkeys(FIELDS, text), "properties": {text: text, "$set": {text: text, "name": text}}}
            receipt = send(tenant, make_event(text, event_id=f"id {text}", user_id=text, **fields), batch_id=text)
            assert receipt.accepted == 1
        if texts[0] in part:
            cut.cut(tenant.id)
    yield texts
    with tenant_scope(tenant.id):
        assert Event.objects.count() == len(texts)


def test_each_filter_of_a_list_finds_its_event_alone(stored, get):  # noqa: F811
    names = (*FIELDS[:3], "event_name", "user_id", "distinct_id", "batch_id", "page_url__contains")
    for text in stored:
        wanted = [f"id {text}"]
        for name in [*names, f"properties.{text}"]:
            asked = text[:100] if name == "event_category" else text  # a longer one is cut, with a warning
            answer = get("events", **{name: asked, "since": "2026-01-01T00:00:00Z"})
            assert answer.status_code == 200, (name, text, answer.content)
            assert [row["event_id"] for row in answer.json()["results"]] == wanted, (name, text)


def test_names_that_are_no_filters_and_words_that_are_none_are_refused(stored, get):  # noqa: F811
    for text in stored:
        for wrong in ({"ordering": text}, {"limit": text}, {"cursor": text}, {"since": text}):
            assert get("events", **wrong).status_code == 400, wrong
        for path, wrong in {
            "stats": {"timezone": text},
            "dashboard": {"range": text},
            "ledger": {"by": text},
            "profiles": {"limit": text},
            "dictionary": {"kind": text},
        }.items():
            assert get(path, **wrong).status_code == 400, (path, text)


def test_pickers_and_people_are_found_by_hostile_texts(stored, get):  # noqa: F811
    for text in stored:
        assert [row["value"] for row in get("values", property=text, prefix=text).json()["results"]] == [text]
        assert text in [row["name"] for row in get("dictionary", kind="event", search=text).json()["results"]]
        assert get("profiles", id=text).json()["person"]["id"] == text


def test_a_cohort_of_a_hostile_name_is_refused(stored, query):  # noqa: F811
    for text in stored:
        assert query({"kind": "trends", "cohort": text}).status_code == 400
