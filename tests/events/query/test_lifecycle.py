"""Lifecycle and stickiness against the oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import lifecycle, stickiness
from tests.events.query.test_trends import NOW, ZONES, rows_of
from tests.oracle import trends as oracle
from tests.query_data import asking_of, question_of, relation_of

FIRST = date(2026, 10, 23)


def ask(module, rows, **fields):
    question = question_of(**fields)
    with relation_of(rows) as relation:
        return module.answer(asking_of(relation, question, NOW), question)


def range_of(first, last, zone):
    return {"from": first.isoformat(), "to": last.isoformat(), "timezone": zone}


def whole(first, last, interval):
    """The range widened to whole intervals: a cut bucket would hide activity that the oracle sees."""
    starts = oracle.local_starts(first, last, interval, ZoneInfo("UTC"))
    return starts[0], oracle.next_start(starts[-1], interval) - timedelta(days=1)


@settings(max_examples=120, deadline=None)
@given(
    rows=rows_of,
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from(["day", "week", "month"]),
    length=st.integers(0, 12),
)
def test_lifecycle_agrees_with_the_oracle(rows, zone, interval, length):
    first, last = whole(FIRST, FIRST + timedelta(days=length), interval)
    found = ask(lifecycle, rows, kind="lifecycle", interval=interval, range=range_of(first, last, zone))
    wanted = oracle.lifecycle(rows, interval, first, last, ZoneInfo(zone))
    assert {state: found[state] for state in wanted} == wanted


@settings(max_examples=80, deadline=None)
@given(rows=rows_of, zone=st.sampled_from(ZONES), interval=st.sampled_from(["day", "week"]), length=st.integers(0, 12))
def test_stickiness_agrees_with_the_oracle(rows, zone, interval, length):
    last = FIRST + timedelta(days=length)
    fields = {"kind": "stickiness", "interval": interval, "range": range_of(FIRST, last, zone)}
    wanted = oracle.stickiness(rows, interval, FIRST, last, ZoneInfo(zone))
    exact = ask(stickiness, rows, **fields)
    assert {entry["n"]: entry["users"] for entry in exact["counts"] if entry["users"]} == wanted
    at_least = ask(stickiness, rows, **fields, at_least=True)
    assert [entry["users"] for entry in at_least["counts"]] == [
        sum(users for n, users in wanted.items() if n >= entry["n"]) for entry in at_least["counts"]
    ]


def test_dormant_is_counted_in_the_interval_after_the_last_activity():
    rows = [{"who": "ann", "name": "view", "ts": datetime(2026, 10, 26, tzinfo=UTC)}]
    found = ask(
        lifecycle, rows, kind="lifecycle", interval="day", range=range_of(date(2026, 10, 25), date(2026, 10, 28), "UTC")
    )
    assert (found["new"], found["dormant"]) == ([0, 1, 0, 0], [0, 0, 1, 0])
