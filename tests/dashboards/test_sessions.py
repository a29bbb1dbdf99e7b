"""Sessions: the list over the bar's range and filters, its CSV, one session, and the ways to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from events.query import run
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def get(tenant, sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    client = sign_in(tenant, "viewer")
    return lambda path="sessions/", **query: client.get(f"/t/{tenant.slug}/{path}", query)


def ago(minutes):
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def two_visits(tenant):
    """Ann's with an id, 65 s long; a bounce of somebody without one, later."""
    send(
        tenant,
        make_event("page_view", event_id="a1", user_id="ann", session_id="s/1", timestamp=ago(200),
                   properties={"path": "/in", "plan": "pro"}),
        make_event("click", event_id="a2", user_id="ann", session_id="s/1", timestamp=ago(200 - 65 / 60)),
        make_event("page_view", event_id="b1", device_id="d1", timestamp=ago(100)),
    )  # fmt: skip


def test_the_list_has_the_newest_first_and_leads_to_each(tenant, get):
    two_visits(tenant)
    page = get()
    answer = page.context["answer"]
    assert [(each["user"]["id"], each["events"], each["bounce"]) for each in answer["sessions"]] == [
        ("d1", 1, True),
        ("ann", 2, True),
    ]
    assert (answer["total"], answer["bounces"]) == (2, 2)
    text = page.content.decode()
    assert "1 min 5 s" in text and "/in" in text
    for each in answer["sessions"]:
        assert f"sessions/detail?{urlencode({'id': each['id']})}" in text
        assert get("sessions/detail", id=each["id"]).context["session"]["id"] == each["id"]


def test_filters_and_range_of_the_bar_apply(tenant, get):
    two_visits(tenant)
    assert [each["user"]["id"] for each in get(f="plan~is~pro").context["answer"]["sessions"]] == ["ann"]
    assert get(range="2026-01-01..2026-01-02").context["answer"]["total"] == 0
    assert "No session has an event that passes" in get(f="plan~is~team").content.decode()


def test_one_session_shows_its_events_in_order_with_the_pauses_in_words(tenant, get):
    two_visits(tenant)
    page = get("sessions/detail", id="ss/1")
    assert [(event["event_id"], gap) for event, gap in page.context["events"]] == [("a1", ""), ("a2", "1 min 5 s")]
    text = page.content.decode()
    assert "events/detail?id=a2" in text and "people/profile?id=ann" in text


def test_an_event_and_a_profile_lead_to_the_session(tenant, get):
    two_visits(tenant)
    for event_id, person, events in (("a2", "ann", 2), ("b1", "d1", 1)):
        event = get("events/detail", id=event_id)
        session = event.context["event"].session
        assert urlencode({"id": session}) in event.content.decode()
        found = get("sessions/detail", id=session).context["session"]
        assert found["events"] == events
        assert urlencode({"id": found["id"]}) in get("people/profile", id=person).content.decode()


def test_the_csv_has_all_of_the_range_and_no_formulas(tenant, get, monkeypatch):
    monkeypatch.setattr("dashboards.views.sessions.CSV_PAGE", 1)
    two_visits(tenant)
    send(tenant, make_event("page_view", user_id="=1+1", timestamp=ago(50)))
    rows = b"".join(get("sessions/csv").streaming_content).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("start,seconds,events") and len(rows) == 4
    assert "'=1+1" in rows[1]


def test_the_list_is_paged_and_keeps_range_and_filters(tenant, get, monkeypatch):
    monkeypatch.setattr("dashboards.views.sessions.PAGE", 1)
    two_visits(tenant)
    first = get(range="30d")
    after = first.context["steps"]["after"]
    assert "range=30d" in after and "offset=1" in after
    assert get(range="30d", offset=1).context["answer"]["sessions"][0]["user"]["id"] == "ann"


@pytest.mark.parametrize("id_", ["", "s", "snobody", "d1/1", "x" * 300, "d1/99999999999999999999"])
def test_what_is_no_session_is_404(tenant, get, id_):
    assert get("sessions/detail", id=id_).status_code == 404


def test_no_session_of_another_tenant_is_found(tenant, get):
    two_visits(make_tenant("Elsewhere"))
    assert get("sessions/detail", id="ss/1").status_code == 404
    assert get().context["answer"]["total"] == 0


def test_hostile_texts_stay_texts(tenant, get):
    events = [
        make_event("page_view", device_id=f"h{number}", session_id=text[:255] or None, page_url=text[:500],
                   properties={"path": text}, device_info={"browser": text, "os": text})
        for number, text in enumerate(CORPUS)
    ]  # fmt: skip
    send(tenant, *events)
    page = get()
    assert page.status_code == 200 and not holes(page)
    for each in page.context["answer"]["sessions"][:4]:
        assert not holes(get("sessions/detail", id=each["id"]))
