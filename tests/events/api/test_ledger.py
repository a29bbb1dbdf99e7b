"""The ledger to the unit: received = ok + duplicate + dropped + quarantined, by time, door, key and reason."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from events.models import IngestOutcome
from events.query.ledger import OUTCOMES, bucket_edges, ledger
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.factories import GOOGLEBOT, at, make_event, make_sender, make_tenant, make_write_key, send

NOW = datetime(2026, 10, 25, 12, 30, 20, tzinfo=UTC)


@pytest.fixture
def counted(transactional_db):
    """Events of every outcome, through the real pipeline, at two doors."""
    tenant = make_tenant("Counted")
    key = make_write_key(tenant)
    http = make_sender(tenant, key_id=key.id)
    same = make_event()
    send(tenant, same, make_event(), {"event_id": "no name"}, make_event(properties=[]), sender=http)
    send(tenant, same, make_event(user_agent=GOOGLEBOT), make_event(timestamp="2126-01-01T00:00:00Z"), door="ws")
    send(tenant, client={"document_id": "d", "tracked": 9, "acked": 6, "dropped": {"storage_full": 3}})
    return tenant, key


def test_what_was_received_is_the_sum_of_its_outcomes_everywhere(counted):
    answer = ledger(TenantConfig.of(counted[0]))
    assert answer["totals"] == {"received": 7, "ok": 3, "duplicate": 1, "dropped": 1, "quarantined": 2}
    for sums in (answer["totals"], *answer["series"], *answer["doors"], *answer["keys"]):
        assert sums["received"] == sum(sums[outcome] for outcome in OUTCOMES)
    for parts in (answer["series"], answer["doors"], answer["keys"]):
        assert sum(part["received"] for part in parts) == 7
    assert sum(line["count"] for line in answer["lines"]) == sum(row["count"] for row in answer["reasons"]) == 7


def test_it_names_reasons_doors_and_keys(counted):
    tenant, key = counted
    answer = ledger(TenantConfig.of(tenant))
    reasons = {(row["outcome"], row["reason"]): row["count"] for row in answer["reasons"]}
    assert reasons["ok", "future_timestamp"] == reasons["dropped", "bot"] == reasons["quarantined", "missing_name"] == 1
    assert {row["door"]: row["received"] for row in answer["doors"]} == {"http": 4, "ws": 3}
    named = {row["key_id"]: (row["name"], row["prefix"], row["received"]) for row in answer["keys"]}
    assert named == {str(key.id): (key.name, key.prefix, 4), None: (None, None, 3)}


def test_the_clients_own_counters_stand_beside_it(counted):
    clients = ledger(TenantConfig.of(counted[0]))["clients"]
    assert {name: clients[name] for name in ("documents", "tracked", "acked")} == {
        "documents": 1,
        "tracked": 9,
        "acked": 6,
    }
    assert clients["dropped"] == {"storage_full": 3}
    assert clients["newest"][0]["document_id"] == "d"


def test_another_tenants_lines_are_not_in_it(counted):
    answer = ledger(TenantConfig.of(make_tenant("Other")))
    assert (answer["totals"]["received"], answer["lines"], answer["clients"]["documents"]) == (0, [], 0)


def test_it_answers_over_the_api(counted, client):
    from tests.factories import make_secret_key

    bearer = {"authorization": f"Bearer {make_secret_key(counted[0])}"}
    answer = client.get("/api/v1/analytics/ledger", {"by": "minute"}, headers=bearer).json()
    assert answer["totals"]["received"] == 7
    for query, name in (({"by": "week"}, "by"), ({"since": "x"}, "since"), ({"timezone": "x"}, "timezone")):
        refused = client.get("/api/v1/analytics/ledger", query, headers=bearer)
        assert (refused.status_code, refused.json()["error"]["details"]["parameter"]) == (400, name)


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["minute", "hour", "day"])
def test_a_line_of_each_minute_lies_in_the_bucket_of_its_local_time(by):
    tenant = make_tenant()
    minutes = [at("2026-10-24 21:59"), at("2026-10-24 22:00"), at("2026-10-25 00:30"), at("2026-10-25 01:30")]
    with tenant_scope(tenant.id):
        IngestOutcome.objects.bulk_create(
            IngestOutcome(tenant=tenant, minute=minute, door="http", outcome="ok", count=1) for minute in minutes
        )
    since = at("2026-10-24 20:30")
    answer = ledger(TenantConfig.of(tenant), since, NOW, by, "Europe/Berlin")
    starts = [datetime.fromisoformat(bucket["at"]) for bucket in answer["series"]]
    expected = [max(start for start in starts if start <= minute) for minute in minutes]
    assert [datetime.fromisoformat(line["at"]) for line in answer["lines"] for _ in range(line["count"])] == expected
    assert answer["totals"]["received"] == 4


def test_the_hours_of_a_zone_off_the_hour_begin_at_its_hours():
    edges = bucket_edges(at("2026-10-25 10:20"), at("2026-10-25 13:00"), "hour", "Asia/Kathmandu", NOW)
    assert [edge.minute for edge in edges] == [20, 15, 15, 0]


def test_days_go_through_a_change_of_the_clock():
    edges = bucket_edges(at("2026-10-23 22:00"), at("2026-10-26 23:00"), "day", "Europe/Berlin", NOW)
    assert [end - start for start, end in itertools.pairwise(edges)] == [
        timedelta(hours=24), timedelta(hours=25), timedelta(hours=24)
    ]  # fmt: skip


def test_without_bounds_it_ends_with_this_minute():
    edges = bucket_edges(None, None, "minute", "UTC", NOW)
    assert (edges[0], edges[-1]) == (at("2026-10-25 10:31"), at("2026-10-25 12:31"))


@pytest.mark.parametrize(
    ("since", "until", "by"),
    [("2026-10-25 10:00", "2026-10-25 10:00", "hour"), ("2026-10-26 10:00", "2026-10-25 10:00", "day"),
     ("2020-01-01 00:00", "2026-01-01 00:00", "minute"), ("1970-01-01 00:00", "9999-01-01 00:00", "day")],
)  # fmt: skip
def test_impossible_and_endless_ranges_are_refused(since, until, by):
    with pytest.raises(BadRequest) as refused:
        bucket_edges(at(since), at(until), by, "UTC", NOW)
    assert refused.value.details == {"parameter": "since"}
