"""manage.py quarantine."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from events.ingest import steps
from events.models import Event
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


def quarantine(*arguments):
    printed = io.StringIO()
    call_command("quarantine", *arguments, stdout=printed)
    return [line.split() for line in printed.getvalue().splitlines()]


@pytest.fixture
def acme(monkeypatch):
    tenant = make_tenant("Acme")
    monkeypatch.setattr(steps, "MAX_NAME", 3)
    send(tenant, make_event("long name"), make_event("another one"), make_event(""))
    monkeypatch.setattr(steps, "MAX_NAME", 255)
    send(make_tenant("Other"), make_event(""))
    return tenant


def test_it_counts_by_tenant_and_reason(acme):
    assert quarantine() == [
        ["acme", "name_too_long", "2"],
        ["acme", "missing_name", "1"],
        ["other", "missing_name", "1"],
    ]


def test_it_replays_one_reason_of_one_tenant(acme):
    assert quarantine("--replay", "--tenant", "acme", "--reason", "name_too_long") == [["ok", "2"]]
    with tenant_scope(acme.id):
        assert Event.objects.count() == 2
    assert quarantine("--tenant", "acme") == [["acme", "missing_name", "1"]]


def test_it_replays_more_rows_than_one_call_takes(acme, monkeypatch):
    monkeypatch.setattr("events.ingest.replay.MOST", 1)
    assert quarantine("--replay", "--tenant", "acme") == [["ok", "2"], ["drop:", "missing_name", "1"]]


@pytest.mark.parametrize("arguments", [["--replay"], ["--tenant", "nobody"]])
def test_it_says_what_it_needs(acme, arguments):
    with pytest.raises(CommandError):
        quarantine(*arguments)
