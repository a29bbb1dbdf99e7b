"""Quarantined events in the admin: to read as they came, and to replay after a fix."""

from __future__ import annotations

import html
import json

import pytest
from django.contrib.auth.models import Permission, User

from events.ingest import steps
from events.models import Event, QuarantinedEvent
from tenants.scope import operator_scope
from tests.factories import make_event, send

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/admin/events/quarantinedevent/"


def quarantined(**filters):
    with operator_scope():
        return list(QuarantinedEvent.objects.filter(**filters).order_by("received_at"))


def replay(client, *rows):
    chosen = {"action": "replay_selected", "_selected_action": [str(row.id) for row in rows]}
    return client.post(URL, chosen, follow=True)


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


def stored_names():
    with operator_scope():
        return sorted(Event.objects.values_list("event_name", flat=True))


@pytest.fixture
def too_long(acme, monkeypatch):
    """An event refused for the length of its name, which is then allowed to be longer: the fix."""
    send(acme, make_event("n" * 300))
    monkeypatch.setattr(steps, "MAX_NAME", 10)
    send(acme, make_event("eleven chars"))
    monkeypatch.setattr(steps, "MAX_NAME", 255)
    return quarantined(raw_size__lt=200)[0]


def test_it_shows_what_came_and_why_it_was_refused(root, acme):
    send(acme, {"event_id": "a", "properties": {"x": "<script>alert(1)</script>"}})
    (row,) = quarantined()
    body = root.get(f"{URL}{row.id}/change/").content.decode()
    assert "missing_name" in body and "<script>alert" not in body
    assert '"x": "<script>alert(1)</script>"' in html.unescape(body)


def test_after_a_fix_a_replay_stores_the_event(root, too_long):
    response = replay(root, too_long)
    assert "1 ok" in said(response)
    assert stored_names() == ["eleven chars"]
    (row,) = quarantined(id=too_long.id)
    assert (row.replay_result, row.replayed_at is None) == ("ok", False)


def test_a_second_replay_leaves_it_out(root, too_long):
    replay(root, too_long)
    assert "1 left out" in said(replay(root, too_long))
    assert stored_names() == ["eleven chars"]


def test_what_fails_again_is_quarantined_anew(root, acme):
    send(acme, {"event_id": "a"})
    (row,) = quarantined()
    assert "1 drop: missing_name" in said(replay(root, row))
    old, new = quarantined()
    assert (old.replay_result, new.replayed_at, new.door) == ("drop: missing_name", None, "replay")
    assert bytes(old.raw) == bytes(new.raw)


def test_a_list_of_large_events_does_not_read_them(root, acme):
    send(acme, *[{"event_id": f"e{number}", "x": "y" * 10_000} for number in range(20)])
    body = root.get(URL).content
    assert len(body) < 100_000


def test_staff_replay_only_with_the_permission(acme_staff, too_long):
    replay(acme_staff, too_long)
    assert stored_names() == []
    User.objects.get(username="staff").user_permissions.add(Permission.objects.get(codename="change_quarantinedevent"))
    replay(acme_staff, too_long)
    assert stored_names() == ["eleven chars"]


def test_staff_can_not_replay_another_tenants_event(acme_staff, other):
    User.objects.get(username="staff").user_permissions.add(Permission.objects.get(codename="change_quarantinedevent"))
    send(other, {"event_id": "a"})
    (row,) = quarantined()
    replay(acme_staff, row)
    assert [found.replayed_at for found in quarantined()] == [None]


def test_a_superuser_replays_rows_of_several_tenants_at_once(root, acme, other):
    for tenant in (acme, other):
        send(tenant, {"event_id": "a", "properties": json.dumps({})})
    assert "2 drop: missing_name" in said(replay(root, *quarantined()))
    assert len(quarantined(tenant=acme)) == len(quarantined(tenant=other)) == 2
