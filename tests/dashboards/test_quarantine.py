"""The quarantine: to read for everybody, to replay and delete from analyst on."""

from __future__ import annotations

import re

import pytest

from dashboards.quarantined import readable
from events.models import Event, QuarantinedEvent
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


def address(tenant):
    return f"/t/{tenant.slug}/data/quarantine/"


def rows(tenant):
    with tenant_scope(tenant.id):
        return list(QuarantinedEvent.objects.filter(tenant=tenant).order_by("received_at"))


def quarantine(tenant, *names):
    send(tenant, *[{"event_id": f"q-{name}", "event_name": name, "timestamp": "no time"} for name in names])


def test_it_shows_the_reason_and_the_raw_event(tenant, sign_in):
    send(tenant, {"event_name": "", "properties": {"plan": "gold"}})
    shown = sign_in(tenant, "viewer").get(address(tenant)).content.decode()
    assert "missing_name" in shown
    assert "&quot;plan&quot;: &quot;gold&quot;" in shown
    assert "Replay" not in re.sub(r"<p class=\"lead\">.*?</p>|>Replayed<", "", shown)


def test_a_reason_filters_and_pages_go_on_where_the_last_ended(tenant, sign_in, monkeypatch):
    monkeypatch.setattr("dashboards.quarantined.LIMIT", 2)
    quarantine(tenant, "a", "b", "c")
    send(tenant, {"event_name": ""})
    client = sign_in(tenant, "viewer")
    first = client.get(address(tenant), {"reason": "invalid_timestamp"}).content.decode()
    assert first.count('id="rows"') == 1
    assert first.count("q-") >= 2 and "missing_name" in first  # the reasons stay in view
    older = re.search(r'href="(\?[^"]*after=[^"]*)"', first).group(1).replace("&amp;", "&")
    second = client.get(address(tenant) + older).content.decode()
    assert len(set(re.findall(r"q-[abc]", first + second))) == 3


def test_an_analyst_replays_one_and_deletes_one(tenant, sign_in):
    quarantine(tenant, "a", "b")
    one, other = rows(tenant)
    client = sign_in(tenant, "analyst")
    client.post(address(tenant), {"action": "delete", "id": str(other.id)})
    mended = {"raw": b'{"event_id":"q-a","event_name":"a"}'}
    with tenant_scope(tenant.id):
        QuarantinedEvent.objects.filter(id=one.id).update(**mended)
    answer = client.post(address(tenant), {"action": "replay", "id": str(one.id)}, follow=True)
    assert b"Replayed: 1 ok." in answer.content
    assert [row.replay_result for row in rows(tenant)] == ["ok"]
    with tenant_scope(tenant.id):
        assert Event.objects.filter(event_id="q-a").exists()


def test_all_of_one_reason_are_replayed(tenant, sign_in):
    quarantine(tenant, "a", "b")
    send(tenant, {"event_name": ""})
    answer = sign_in(tenant, "owner").post(
        address(tenant) + "?reason=missing_name", {"action": "replay_all"}, follow=True
    )
    assert b"Replayed: 1 drop: missing_name." in answer.content
    assert sum(row.replayed_at is not None for row in rows(tenant)) == 1


@pytest.mark.parametrize("action", ["replay", "replay_all", "delete"])
def test_a_viewer_changes_nothing(tenant, sign_in, action):
    quarantine(tenant, "a")
    fields = {"action": action, "id": str(rows(tenant)[0].id)}
    assert sign_in(tenant, "viewer").post(address(tenant), fields).status_code == 403
    assert [row.replayed_at for row in rows(tenant)] == [None]


def test_another_tenants_rows_stay_where_they_are(tenant, sign_in):
    other = make_tenant("Other")
    quarantine(other, "a")
    client, id_ = sign_in(tenant), str(rows(other)[0].id)
    for action in ("replay", "delete"):
        client.post(address(tenant), {"action": action, "id": id_})
    assert [row.replayed_at for row in rows(other)] == [None]


@pytest.mark.parametrize("fields", [{}, {"action": "x"}, {"action": "replay", "id": "nonsense"}])
def test_a_forged_action_is_refused(tenant, sign_in, fields):
    assert sign_in(tenant).post(address(tenant), fields).status_code == 400


def test_hostile_raw_events_render_as_text(tenant, sign_in):
    send(tenant, *[{"event_name": "", "properties": {text[:100]: text}} for text in CORPUS])
    client = sign_in(tenant)
    for query in ("", "?reason=%22%3E%3Cscript%3E", "?after=x&state=y"):
        response = client.get(address(tenant) + query)
        assert response.status_code == 200
        assert holes(response) == []


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"[" * 100_000, b"", b'{"a":"\\ud800"}', b"x" * 300_000])
def test_whatever_came_can_be_read(raw):
    assert len(readable(raw)) < 21_000


def test_an_empty_quarantine_tells_what_lands_there(tenant, sign_in):
    assert b"no name" in sign_in(tenant).get(address(tenant)).content
