"""Replay of quarantined events: nothing is lost by it, nothing stored twice."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils.timezone import now

from events.ingest import replay, steps
from events.ingest.writer import get_writer
from events.models import Event, IngestOutcome, QuarantinedEvent
from obc_analytics.errors import NotFound, Overloaded
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture
def refused(tenant, monkeypatch):
    """Sends events while names may have 3 characters; gives their rows, and lifts the limit."""

    def make(*events):
        monkeypatch.setattr(steps, "MAX_NAME", 3)
        send(tenant, *events)
        monkeypatch.setattr(steps, "MAX_NAME", 255)
        with tenant_scope(tenant.id):
            return list(QuarantinedEvent.objects.order_by("id"))

    return make


def run(tenant, rows):
    return {result.id: result.result for result in replay.replay(tenant.id, [row.id for row in rows])}


def events(tenant):
    with tenant_scope(tenant.id):
        return list(Event.objects.filter(tenant=tenant).order_by("seq"))


def marks(tenant):
    with tenant_scope(tenant.id):
        return list(QuarantinedEvent.objects.order_by("id").values_list("replay_result", flat=True))


def test_it_is_received_anew_and_the_ledger_says_so(tenant, refused):
    run(tenant, refused(make_event("long name")))
    with tenant_scope(tenant.id):
        lines = IngestOutcome.objects.values_list("door", "outcome", "reason", "count")
        assert set(lines) == {("http", "quarantined", "name_too_long", 1), ("replay", "ok", "", 1)}


def test_each_row_gets_its_own_verdict(tenant, refused):
    twice = make_event("the same")
    rows = refused(twice, twice, make_event("nul\x00"), make_event("long name"))
    results = run(tenant, rows)
    assert sorted(results.values()) == ["duplicate", "ok", "ok", "warning: sanitised"]


def test_an_event_without_an_id_is_stored_once_however_often_it_is_replayed(tenant, refused):
    (row,) = refused({"event_name": "nameless id"})
    run(tenant, [row])
    with tenant_scope(tenant.id):  # as if the process had died before it could mark the row
        QuarantinedEvent.objects.update(replayed_at=None)
    assert run(tenant, [row]) == {row.id: "duplicate"}
    assert [event.event_id for event in events(tenant)] == [str(row.id)]


def test_an_event_without_a_time_keeps_the_time_of_its_receipt(tenant, refused):
    (row,) = refused(make_event("timeless"))
    with tenant_scope(tenant.id):
        then = now() - timedelta(days=3)
        QuarantinedEvent.objects.update(received_at=then)
    run(tenant, [row])
    assert events(tenant)[0].timestamp == then


def test_what_is_answered_retry_stays_as_it_was(tenant, refused, monkeypatch):
    rows = refused(make_event("long name"))

    def overloaded(job):
        raise Overloaded(retry_after=2)

    monkeypatch.setattr(get_writer(), "submit", overloaded)
    assert run(tenant, rows) == {rows[0].id: "retry"}
    assert marks(tenant) == [""]
    monkeypatch.undo()
    assert run(tenant, rows) == {rows[0].id: "ok"}


def test_a_row_that_was_cut_is_refused(tenant, refused):
    (row,) = refused(make_event("long name", note="x" * 300_000))
    assert not row.complete
    assert run(tenant, [row]) == {row.id: "incomplete"}
    assert (marks(tenant), events(tenant)) == ([""], [])


def test_quotas_do_not_hold_a_replay_back(tenant, refused):
    rows = refused(*[make_event(f"name {number}") for number in range(30)])
    tenant.events_per_minute = 1
    tenant.events_per_month = 1
    with tenant_scope(tenant.id):
        tenant.save()
    assert set(run(tenant, rows).values()) == {"ok"}


def test_another_tenants_rows_are_left_out(tenant, refused):
    rows = refused(make_event("long name"))
    assert run(make_tenant("Other"), rows) == {}
    assert marks(tenant) == [""]


def test_an_unknown_tenant_is_said_to_be_unknown():
    with pytest.raises(NotFound):
        replay.replay(uuid.uuid4(), [])


def test_a_row_in_somebody_elses_hands_is_left_out(tenant, refused):
    """Two people press the button at once: the second one waits for nothing."""
    rows = refused(make_event("long name"))
    other = connections["default"].copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM quarantined_events WHERE id = %s FOR UPDATE", [rows[0].id])
            assert run(tenant, rows) == {}
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert run(tenant, rows) == {rows[0].id: "ok"}


def test_the_summary_counts_what_was_left_out():
    results = [replay.Replayed(uuid.uuid4(), result) for result in ("ok", "ok", "drop: too_deep")]
    assert replay.summary(results, asked=4).startswith("Replayed: 2 ok, 1 drop: too_deep, 1 left out")
