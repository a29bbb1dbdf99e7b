"""The demo's traffic: the same for the same plan, as it says of itself, and never in the future."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pytest

from events.demo import traffic
from events.demo.traffic import Plan, Request
from events.ingest import decode_batch

FIRST = date(2026, 8, 26)
PLAN = Plan(FIRST, people=1_800)
NOON_OF_LAST_DAY = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def all_requests(plan: Plan, until: datetime, from_day: int = 0) -> list[Request]:
    return [request for _, requests in traffic.stream(plan, until, from_day) for request in requests]


@lru_cache(maxsize=1)
def sent() -> list[Request]:
    return all_requests(PLAN, NOON_OF_LAST_DAY)


@lru_cache(maxsize=1)
def seen() -> list[dict]:
    """The well-formed events of a person, once each."""
    found = [event for request in sent() if not request.copy for event in json.loads(request.body)["events"]]
    return [event for event in found if "session_id" in event]


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def steps_of(event: dict) -> str:
    pages = {"/": "landing", "/pricing": "pricing"}
    return pages.get(event["properties"]["path"], "") if event["event_name"] == "page_view" else event["event_name"]


def test_it_makes_the_same_bytes_for_the_same_plan():
    until = datetime(2026, 9, 5, tzinfo=UTC)

    assert all_requests(PLAN, until) == all_requests(PLAN, until)


def test_it_makes_another_history_for_another_seed():
    until = datetime(2026, 8, 28, tzinfo=UTC)

    first, second = ({r.body for r in all_requests(Plan(FIRST, seed, 1_800), until)} for seed in (1, 2))

    assert first and second and not first & second


def test_it_sends_nothing_from_the_future():
    last = int(NOON_OF_LAST_DAY.timestamp() * 1000)

    assert max(request.sent_at for request in sent()) <= last
    assert max(milliseconds(event["timestamp"]) for event in seen()) <= last


def test_it_includes_the_part_of_today_that_has_passed():
    today = [event for event in seen() if event["timestamp"].startswith("2026-11-23")]

    assert today


def test_it_sends_in_order_of_time():
    moments = [request.sent_at for request in sent()]

    assert moments == sorted(moments)


def test_it_sends_no_event_before_it_happened():
    early = [
        event
        for request in sent()[:800]
        for event in json.loads(request.body)["events"]
        if "session_id" in event and milliseconds(event["timestamp"]) > request.sent_at
    ]

    assert early == []


def test_an_event_id_stands_for_one_event():
    ids = [event["event_id"] for event in seen()]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("from_day", [1, 45, 89])
def test_it_can_go_on_from_any_day(from_day):
    midnight = traffic.midnight_of(PLAN, from_day)
    rest = [request for request in sent() if request.sent_at >= midnight + traffic.WINDOW_MS]

    assert all_requests(PLAN, NOON_OF_LAST_DAY, from_day)[-len(rest) :] == rest


def test_a_later_run_makes_what_an_earlier_one_made_and_more():
    until = datetime(2026, 8, 29, 12, tzinfo=UTC)
    earlier, later = (
        {event["event_id"] for request in all_requests(PLAN, moment) for event in json.loads(request.body)["events"]}
        for moment in (until, until + timedelta(hours=30))
    )

    assert earlier < later


def test_the_funnel_leaks_at_each_step_as_stated():
    people = defaultdict(set)
    for event in seen():
        people[steps_of(event)].add(event["device_id"])
    early = {e["device_id"] for e in seen() if steps_of(e) == "landing" and e["timestamp"] < "2026-11-09"}
    steps = ["landing", "pricing", "signup_started", "signup_completed", "project_created", "first_search"]

    shares = [len(people[step] & early) / len(early) for step in steps]

    assert shares == pytest.approx([1, 0.64, 0.46, 0.37, 0.28, 0.20], abs=0.035)


def test_fewer_come_back_each_week():
    signed_up: dict[str, date] = {}
    active = defaultdict(set)
    for event in seen():
        if user := event.get("user_id"):
            day = date.fromisoformat(event["timestamp"][:10])
            active[user].add(day)
            if event["event_name"] == "signup_completed":
                signed_up[user] = day
    weeks = []
    for week in (0, 1, 3, 7):
        old_enough = [u for u, day in signed_up.items() if day + timedelta(7 * week + 7) < date(2026, 11, 23)]
        back = [u for u in old_enough if any(7 * week < (on - signed_up[u]).days <= 7 * week + 7 for on in active[u])]
        weeks.append(len(back) / len(old_enough))

    assert weeks == pytest.approx([0.59, 0.30, 0.18, 0.11], abs=0.06)


def test_a_device_is_known_before_its_user_is():
    first = {}
    for event in sorted(seen(), key=lambda event: event["timestamp"]):
        first.setdefault(event["device_id"], event.get("user_id"))
    joined = {event["device_id"] for event in seen() if event["event_name"] == "$identify"}

    assert joined
    assert {first[device] for device in joined} == {None}


def test_traffic_grows_and_rests_at_the_weekend():
    days = defaultdict(int)
    for event in seen():
        days[date.fromisoformat(event["timestamp"][:10])] += 1
    weeks = [sum(days[FIRST + timedelta(7 * week + day)] for day in range(7)) for week in range(12)]
    weekend = sum(count for day, count in days.items() if day.weekday() >= 5)

    assert weeks[-1] > 2 * weeks[0]
    assert weekend / sum(days.values()) < 0.22


def test_one_release_has_many_errors():
    errors = defaultdict(int)
    for event in seen():
        if event["event_name"] == "error":
            errors[event["properties"]["release"]] += 1

    assert errors["4.6.0"] / 3 > 3 * errors["4.6.1"] / 16  # a day, of the days each was out


def test_requests_are_small_and_can_be_decoded():
    biggest = max(sent(), key=lambda request: request.events)

    assert biggest.events <= traffic.MOST_EVENTS
    assert len(decode_batch(biggest.body).events) == biggest.events


def test_all_names_and_kinds_that_the_pages_show_are_there():
    names = {event["event_name"] for event in seen()}
    vitals = {e["properties"]["metric"] for e in seen() if e["event_name"] == "web_vital"}
    kinds = {event["device_info"]["device_type"] for event in seen()}

    assert names >= {"page_view", "page_leave", "click", "form_start", "form_submit", "form_abandon", "error",
                     "web_vital", "$identify", "signup_started", "login", "literature_search"}  # fmt: skip
    assert vitals == {"LCP", "INP", "CLS"}
    assert kinds == {"desktop", "mobile", "tablet"}
