"""Dashboard and stats against plain Python (tests/oracle/overview.py) over generated, adversarial events."""

from __future__ import annotations

import sys
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.models import Event
from events.query.dashboard import Dashboard, dashboard
from events.query.dashboard import answer as overview
from events.query.run import forget
from events.query.spans import span
from events.query.stats import Stats, stats
from events.query.stats import answer as totals
from events.query.types import Filter
from events.query.vitals import THRESHOLDS
from events.segments.cut import cut
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig
from tenants.scope import operator_scope
from tests.factories import make_event, make_tenant, send
from tests.oracle import overview as oracle
from tests.query_data import asking_of, relation_of

pytestmark = pytest.mark.django_db

# each with a day of 23, 25 or 23.5 hours within the month before its `now`
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Africa/Cairo",
]
NOWS = [
    datetime(2026, 11, 9, 10, 20, tzinfo=UTC),
    datetime(2026, 4, 7, 23, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
]
AGENTS = [None, {"browser": "Chrome", "os": "macOS", "device_type": "desktop"}, {"browser": "Firefox", "country": "DE"}]
URLS = [None, "https://app.example/a?x=1#y", "https://app.example", "https://app.example/a", "/b?x", ""]
REFERRERS = [None, "", "https://news.example/x", "https://app.example/a", "http://u@News.example:8080/", "nonsense"]
BODIES = {
    "page_view": [{}, {"path": "/p"}, {"path": ""}],
    "error": [{}, {"type": "A", "message": "x 1"}, {"type": "A", "message": "x 23"}, {"message": "x 1"}],
    "web_vital": [{"metric": "LCP", "value": 1.5}, {"metric": "LCP", "value": 9_000}, {"metric": "CLS", "value": "1"}],
    "click": [{}],
}  # fmt: skip

event = st.sampled_from(sorted(BODIES)).flatmap(
    lambda name: st.fixed_dictionaries(
        {
            "event_name": st.just(name),
            "properties": st.sampled_from(BODIES[name]),
            # many equal instants, and many an hour or a half around the edges of days
            "back": st.builds(
                lambda halves, seconds: timedelta(minutes=30 * halves, seconds=seconds),
                st.one_of(st.integers(-2, 4), st.integers(-2, 48 * 62)),
                st.sampled_from([0, 0, 1, -1, 900]),
            ),
            "distinct_id": st.sampled_from("abc"),
            "device_id": st.sampled_from([None, "d1", "d2"]),
            "session_id": st.sampled_from([None, None, "s1", "s2"]),
            "event_category": st.sampled_from([None, "nav"]),
            "device_info": st.sampled_from(AGENTS),
            "page_url": st.sampled_from(URLS),
            "referrer": st.sampled_from(REFERRERS),
        }
    )
)
events_of_months = st.lists(event, max_size=40)
MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
quick = settings(max_examples=10 * MORE, deadline=None, suppress_health_check=list(HealthCheck))


def made(drafts, now):
    """The drafts as the oracle takes them: by the columns of the table."""
    base = now.replace(minute=0)
    return [
        {
            **{name: value for name, value in draft.items() if name != "back"},
            "timestamp": base - draft["back"],
            "user_id": uuid.UUID(int=1) if draft["distinct_id"] == "a" else None,
        }
        for draft in drafts
    ]


# the oracle's names → those of tests/query_data.py
ALIASES = {"timestamp": "ts", "event_name": "name", "distinct_id": "who", "device_id": "device", "page_url": "url",
           "session_id": "session", "event_category": "category"}  # fmt: skip


def asked(builder, question, drafts, now):
    """The rows, and the question's answer over exactly them."""
    rows = made(drafts, now)
    with relation_of([{ALIASES.get(name, name): value for name, value in row.items()} for row in rows]) as relation:
        return rows, builder(asking_of(relation, question, now), question)


@pytest.mark.parametrize("zone", ZONES)
@given(
    drafts=events_of_months,
    now=st.sampled_from(NOWS),
    range_=st.sampled_from(["24h", "7d", "30d", "2026-10-20..2026-11-01"]),
)
@quick
def test_the_dashboards_figures_are_those_of_plain_python(zone, drafts, now, range_):
    rows, answer = asked(overview, Dashboard(range_, zone, "previous_period"), drafts, now)
    since, until = (datetime.fromisoformat(answer[name]) for name in ("since", "until"))
    inside = oracle.within(rows, since, until)
    assert {name: kpi["value"] for name, kpi in answer["kpis"].items()} == pytest.approx(oracle.kpis(inside))
    before = oracle.within(rows, *(datetime.fromisoformat(answer["previous"][name]) for name in ("since", "until")))
    assert {name: kpi["previous"] for name, kpi in answer["kpis"].items()} == pytest.approx(oracle.kpis(before))
    assert_series(answer, inside, ZoneInfo(zone))
    assert_breakdowns(answer, inside)
    assert_details(answer, inside)


def assert_series(answer, inside, zone):
    series = answer["series"]
    labels = [bucket["label"] for bucket in series["buckets"]]
    assert len(set(labels)) == len(labels)
    if answer["interval"] == "day":
        expected = oracle.by_label(inside, oracle.day_of(zone))
    else:
        starts = [datetime.fromisoformat(bucket["start"]) for bucket in series["buckets"]]
        expected = oracle.by_label(
            inside, lambda event: labels[sum(start <= event["timestamp"] for start in starts) - 1]
        )
    assert set(expected) <= set(labels)
    empty = dict.fromkeys(("events", "users", "sessions", "page_views"), 0)
    for name in empty:
        assert series[name] == [expected.get(label, empty)[name] for label in labels]
    assert sum(series["compare"]["events"]) == answer["kpis"]["events"]["previous"]
    assert len(series["compare"]["users"]) == len(labels)


def assert_breakdowns(answer, inside):
    top = {row["name"]: (row["count"], row["users"]) for row in answer["top_events"]}
    assert top == oracle.grouped(inside, lambda event: event["event_name"])
    for name, field in (("devices", "device_type"), ("browsers", "browser"), ("os", "os"), ("countries", "country")):
        expected = oracle.grouped(inside, lambda event, field=field: (event["device_info"] or {}).get(field))
        if name == "countries" and not any(expected):
            expected = {}
        assert {row["name"]: (row["events"], row["users"]) for row in answer[name]} == expected


def assert_details(answer, inside):
    views = oracle.views(inside)
    assert {row["path"]: (row["views"], row["users"]) for row in answer["pages"]} == oracle.grouped(
        views, oracle.path_of
    )
    hosts = oracle.grouped(views, oracle.foreign_host)
    hosts.pop(None, None)
    assert {row["host"]: (row["views"], row["users"]) for row in answer["referrers"]} == hosts
    errors = oracle.grouped(
        [event for event in inside if event["event_name"] == "error"],
        lambda event: (
            event["properties"].get("type", "Error"),
            oracle.normal(event["properties"].get("message", "")),
        ),
    )
    shown = {(row["type"], oracle.normal(row["message"])): (row["count"], row["users"]) for row in answer["errors"]}
    assert shown == errors
    values = defaultdict(list)
    for row in inside:
        if row["event_name"] == "web_vital" and isinstance(row["properties"].get("value"), int | float):
            values[row["properties"]["metric"]].append(row["properties"]["value"])
    p75 = {metric: oracle.percentile(found, 0.75) for metric, found in values.items() if metric in THRESHOLDS}
    assert {row["metric"]: row["p75"] for row in answer["vitals"]} == pytest.approx(p75)


@pytest.mark.parametrize("zone", ZONES)
@given(
    drafts=events_of_months,
    now=st.sampled_from(NOWS),
    bounds=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    bounded=st.booleans(),
)
@example(drafts=[], now=NOWS[0], bounds=(0, 1), bounded=True)
@quick
def test_stats_are_those_of_plain_python(zone, drafts, now, bounds, bounded):
    since, until = (now - timedelta(days=days) if bounded else None for days in sorted(bounds, reverse=True))
    rows, answer = asked(totals, Stats(since, until, zone), drafts, now)
    inside = oracle.within(rows, since, until) if bounded else rows
    assert answer["total_events"] == len(inside)
    assert answer["unique_users"] == oracle.actors(inside)
    assert answer["identified_users"] == len({row["user_id"] for row in inside} - {None})
    assert answer["unique_devices"] == len({row["device_id"] for row in inside} - {None})
    assert answer["sessions"] == len(oracle.sessions(inside))
    names = {row["name"]: (row["count"], row["users"]) for row in answer["events_by_name"]}
    assert names == oracle.grouped(inside, lambda event: event["event_name"])
    categories = {row["category"]: (row["count"], row["users"]) for row in answer["events_by_category"]}
    assert categories == oracle.grouped(inside, lambda event: event["event_category"])
    days = {row["day"]: (row["events"], row["users"]) for row in answer["events_by_day"] if row["events"]}
    assert days == oracle.grouped(inside, oracle.day_of(ZoneInfo(zone)))


# --- by hand ------------------------------------------------------------------------------------------------


def test_a_day_of_25_hours_is_one_bucket_and_appears_once():
    days = span("2026-10-24..2026-10-27", "Europe/Berlin", NOWS[0])
    hours = [(end - start) / timedelta(hours=1) for start, end in zip(days.edges, days.edges[1:], strict=False)]
    assert hours == [24, 25, 24, 24]
    assert [days.label(number) for number in range(4)] == ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]


def test_a_day_whose_midnight_the_clock_skips_begins_at_the_change():
    days = span("2026-04-23..2026-04-26", "Africa/Cairo", NOWS[0])  # 24 April begins at 01:00
    assert [days.label(number) for number in range(4)] == ["2026-04-23", "2026-04-24", "2026-04-25", "2026-04-26"]
    assert days.edges[2] - days.edges[1] == timedelta(hours=23)


def test_the_period_before_ends_as_far_into_itself_as_this_one_has_come():
    before = span("7d", "Europe/Berlin", NOWS[0]).compared("previous_period")
    assert before.until == NOWS[0] - timedelta(days=7)
    assert before.count == 7


def test_the_year_before_has_the_same_dates():
    before = span("2026-03-01..2026-03-31", "Europe/Berlin", NOWS[0]).compared("previous_year")
    assert (before.label(0), before.label(30)) == ("2025-03-01", "2025-03-31")


def test_of_a_leap_day_the_year_before_begins_on_28_february():
    before = span("2024-02-29..2024-03-10", "UTC", NOWS[0]).compared("previous_year")
    assert (before.label(0), before.count) == ("2023-02-28", 11)


def test_the_last_bucket_of_a_preset_is_incomplete_and_the_others_are_not():
    hours = span("24h", "Asia/Kathmandu", NOWS[0])
    assert [hours.incomplete(number) for number in range(24)] == [False] * 23 + [True]
    assert hours.label(0).endswith(":00+05:45")


@pytest.mark.parametrize(
    "range_",
    ["1h", "", "2026-10-02..2026-10-01", "2025-01-01..2026-10-01", "2026-10-01", "2026-10-01..x", "..", "a" * 999],
)
def test_a_bad_range_is_refused_by_name(range_):
    with pytest.raises(BadRequest) as refused:
        span(range_, "UTC", NOWS[0])
    assert refused.value.details == {"parameter": "range"}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "\0", "x" * 500, "Europe"])
def test_a_bad_time_zone_is_refused_by_name(zone):
    with pytest.raises(BadRequest) as refused:
        span("7d", zone, NOWS[0])
    assert refused.value.details == {"parameter": "timezone"}


@pytest.mark.django_db(transaction=True)
def test_an_acknowledged_event_is_in_the_very_next_figures():
    tenant = make_tenant()
    for number in range(1, 4):
        receipt = send(tenant, make_event("signup", user_id="ada"))
        config = TenantConfig.of(tenant)
        overview, totals = dashboard(config, "24h"), stats(config)
        assert overview["kpis"]["events"]["value"] == totals["total_events"] == number
        assert overview["as_of_seq"] == totals["as_of_seq"] == next(iter(receipt.results.values())).seq
        assert (overview["active_users"], overview["recent"][0]["event_name"]) == (1, "signup")


@pytest.mark.django_db(transaction=True)
def test_the_newest_rows_read_the_same_before_and_after_they_are_cut():
    tenant, other = make_tenant("A"), make_tenant("B")
    config = TenantConfig.of(tenant)
    send(other, make_event("not_theirs"))
    send(tenant, *[make_event(f"e{number}", user_id="ada" if number else None) for number in range(24)])
    before = dashboard(config, "24h")["recent"]
    assert cut(tenant.id, wait=True) == 24
    assert dashboard(config, "24h")["recent"] == before
    ada = [Filter("$distinct_id", "is", "ada")]
    assert dashboard(config, "24h", filters=ada)["recent"] == before  # 23 of them are hers
    send(tenant, make_event("newest"))
    after = dashboard(config, "24h")["recent"]
    assert (after[0]["event_name"], after[1:]) == ("newest", before[:19])
    with operator_scope():
        Event.objects.filter(tenant_id=tenant.id).exclude(event_name="newest").delete()  # as archiving would
    forget()
    assert dashboard(config, "24h")["recent"] == after
    assert dashboard(config, "24h", filters=ada)["recent"] == before


@pytest.mark.django_db(transaction=True)
def test_another_tenants_events_are_in_no_figure():
    one, other = make_tenant("A"), make_tenant("B")
    send(other, make_event("page_view"), make_event("error"))
    empty = dashboard(TenantConfig.of(one), "7d")
    assert (empty["kpis"]["events"]["value"], empty["recent"], empty["top_events"]) == (0, [], [])
    assert stats(TenantConfig.of(one))["total_events"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_filter_holds_for_every_part_of_an_overview():
    tenant = make_tenant()
    send(tenant, make_event("page_view", user_id="ada", properties={"plan": "pro"}), make_event("error", user_id="bob"))
    overview = dashboard(TenantConfig.of(tenant), "24h", filters=[Filter("plan", "is", "pro")])
    assert (overview["kpis"]["events"]["value"], overview["active_users"], overview["errors"]) == (1, 1, [])
    assert [row["event_name"] for row in overview["recent"]] == ["page_view"]
    assert sum(overview["series"]["events"]) == 1
