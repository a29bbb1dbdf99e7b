"""Quotas: a used-up minute makes the sender wait, a used-up month drops events and counts them."""

from __future__ import annotations

import uuid

import pytest

from events.ingest import quota
from events.ingest.quota import Bucket
from events.models import IngestOutcome
from obc_analytics.errors import OverQuota
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send


@pytest.fixture(autouse=True)
def fresh():
    quota.forget()
    yield
    quota.forget()


def bucket(per_minute=60):
    return Bucket(per_minute, float(per_minute), filled_at=0.0)


def test_a_minutes_events_pass_and_the_next_one_waits_until_there_is_room():
    full = bucket(60)
    assert full.take(60, moment=0.0) == 0
    assert full.take(1, moment=0.0) >= 1
    assert full.take(1, moment=2.0) == 0


def test_a_batch_larger_than_the_quota_passes_once_and_later_ones_wait_for_it():
    full = bucket(60)
    assert full.take(600, moment=0.0) == 0
    wait = full.take(1, moment=0.0)
    assert 540 <= wait <= 542
    assert full.take(1, moment=wait) == 0


def test_a_quota_of_nothing_lets_nothing_through():
    assert bucket(0).take(1, moment=0.0) == quota.NEVER


def test_an_unused_minute_is_not_saved_up_for_ever():
    full = bucket(60)
    assert full.take(60, moment=3600.0) == 0
    assert full.take(1, moment=3600.0) > 0


def test_what_other_processes_let_through_counts_and_ones_own_is_not_counted_twice():
    mine = bucket(60)
    mine.learn(total=0)
    mine.take(10, moment=0.0)
    mine.learn(total=30)  # 10 of ours, 20 of others
    assert mine.level == 30


def test_no_quota_is_no_limit():
    tenant = TenantConfig(uuid.uuid4(), "a", "A")
    for _ in range(100):
        quota.spend_minute(tenant, 1_000)
    assert not quota.over_month(tenant)


@pytest.mark.django_db(transaction=True)
def test_a_used_up_minute_refuses_the_whole_request_with_the_seconds_to_wait():
    tenant = make_tenant(events_per_minute=10)
    send(tenant, *[make_event() for _ in range(10)])
    with pytest.raises(OverQuota) as refused:
        send(tenant, make_event())
    assert (refused.value.status, refused.value.headers()["Retry-After"] >= "1") == (429, True)
    with tenant_scope(tenant.id):
        assert sum(line.count for line in IngestOutcome.objects.all()) == 10  # refused is not received


@pytest.mark.django_db(transaction=True)
def test_a_used_up_month_drops_events_and_counts_them():
    tenant = make_tenant(events_per_month=5)
    send(tenant, *[make_event() for _ in range(5)])
    assert quota.refresh_month(tenant.id) == 5
    receipt = send(tenant, make_event(event_id="late"))
    assert (receipt.results["late"].result, receipt.results["late"].reason) == ("drop", "quota")
    with tenant_scope(tenant.id):
        assert IngestOutcome.objects.get(reason="quota").outcome == "dropped"
