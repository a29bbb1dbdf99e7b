"""Retention against the oracle: clock changes, midnights, late births, period edges to the microsecond."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import retention, retention_cells
from events.query.types import At
from obc_analytics.errors import BadRequest
from tests.oracle import retention as oracle
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana"]
# clock changes in Berlin, New York and Havana, in both directions, and a month's end
ANCHORS = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)]
MICRO = timedelta(microseconds=1)

instants = st.builds(
    lambda anchor, half_hours, days, odd: anchor + timedelta(minutes=30 * half_hours, days=days) + odd * MICRO,
    st.sampled_from(ANCHORS),
    st.integers(-14, 14),
    st.sampled_from([0, 0, 1, 1, 2, 6, 7, 8, 13, 14, 28, 30, 31, 60, -1, -7]),
    st.sampled_from([0, 0, 0, 1, -1]),
)
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "bob", "cid"]),
            "name": st.sampled_from(["signup", "view", "view"]),
            "ts": instants,
            "properties": st.fixed_dictionaries({}, optional={"plan": st.sampled_from(["free", "pro"])}),
        }
    ),
    max_size=16,
)
EVENTS = {
    "signup": lambda row: row["name"] == "signup",
    "view": lambda row: row["name"] == "view",
    "*": lambda row: True,
}


def ask(rows, now, **fields):
    for number, row in enumerate(rows):
        row["seq"] = number
    question = question_of(kind="retention", **fields)
    with relation_of(rows) as relation:
        return retention.answer(asking_of(relation, question, now), question)


def same(found, wanted):
    assert found["cohorts"] == wanted["cohorts"]
    assert found["average"] == pytest.approx(wanted["average"])


modes = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["day", "week", "month"]),
        "periods": st.integers(1, 5),
        "criterion": st.sampled_from(["on", "on_or_after"]),
        "clock": st.sampled_from(["rolling", "calendar"]),
        "birth": st.sampled_from(["first_time", "recurring"]),
    }
)


def questions(zone, anchor, length, mode, now):
    """The question as it is asked, and as the oracle takes it."""
    first = anchor.date() - timedelta(days=2)
    last = first + timedelta(days=length)
    range_ = {"from": first.isoformat(), "to": last.isoformat(), "timezone": zone}
    return range_, lambda start, back: oracle.Retention(
        start=EVENTS[start], back=EVENTS[back], **mode, first=first, last=last, zone=ZoneInfo(zone), now=now
    )


@settings(max_examples=150 * MORE, deadline=None)
@given(
    rows=rows_of,
    zone=st.sampled_from(ZONES),
    anchor=st.sampled_from(ANCHORS),
    length=st.integers(0, 16),
    mode=modes,
    start=st.sampled_from(["signup", "*"]),
    back=st.sampled_from(["view", "*"]),
    now=instants,
    bits=st.sampled_from([retention_cells.BITS, 0]),
)
def test_every_mode_agrees_with_the_oracle(rows, zone, anchor, length, mode, start, back, now, bits):
    """In one pass with units as bits, and without."""
    range_, wanted = questions(zone, anchor, length, mode, now)
    with mock.patch.object(retention_cells, "BITS", bits):
        found = ask(rows, now, range=range_, start={"event": start}, **{"return": {"event": back}}, **mode)
    same(found, oracle.retention(rows, wanted(start, back)))


@settings(max_examples=60 * MORE, deadline=None)
@given(rows=rows_of, mode=modes, zone=st.sampled_from(ZONES), period=st.integers(0, 4), pick=st.integers(0, 5))
def test_the_people_behind_a_cell_are_the_oracles(rows, mode, zone, period, pick):
    now = datetime(2026, 12, 31, tzinfo=UTC)
    range_, wanted = questions(zone, ANCHORS[1], 10, mode, now)
    period = min(period, mode["periods"] - 1)
    question = question_of(
        kind="retention", range=range_, start={"event": "*"}, **{"return": {"event": "view"}}, **mode
    )
    rules = wanted("*", "view")
    cohorts = oracle.retention(rows, rules)["cohorts"]
    start = cohorts[pick % len(cohorts)]["start"]
    with relation_of(rows) as relation:
        asking = asking_of(relation, question, now)
        people = retention.actors_of_retention(asking, question, At(cell=(start, period)))
        of = f"WITH people AS ({people}) SELECT DISTINCT distinct_id FROM tail WHERE actor IN (SELECT who FROM people)"
        found = {name for (name,) in asking.rows(of)}
    assert found == {
        member[0]
        for member in oracle.members(rows, rules)
        if member[1].isoformat() == start and oracle.returned(rows, member, period, rules)
    }


@settings(max_examples=40 * MORE, deadline=None)
@given(rows=rows_of, mode=modes)
def test_a_breakdown_takes_the_value_at_birth(rows, mode):
    now = datetime(2026, 12, 31, tzinfo=UTC)
    range_, wanted = questions("Europe/Berlin", ANCHORS[1], 10, mode, now)
    found = ask(rows, now, range=range_, breakdown=[{"property": "plan"}], **mode)
    rules = wanted("*", "*")
    by_value: dict[str, set[tuple[str, str]]] = {}
    for who, cohort, birth in oracle.members(rows, rules):
        at_birth = [row for row in rows if row["who"] == who and row["ts"] == birth]
        value = min(at_birth, key=lambda row: row["seq"])["properties"].get("plan", "$none")
        by_value.setdefault(value, set()).add((who, cohort.isoformat()))
    assert {part["value"][0]: sum(cohort["size"] for cohort in part["cohorts"]) for part in found["breakdowns"]} == {
        value: len(members) for value, members in by_value.items()
    }
    for number, cohort in enumerate(found["cohorts"]):
        of_values = [part["cohorts"][number]["counts"] for part in found["breakdowns"]]
        assert cohort["counts"] == [sum(column) for column in zip(*of_values, [0] * mode["periods"], strict=True)]


NOW = datetime(2026, 12, 1, tzinfo=UTC)
RANGE = {"from": "2026-11-02", "to": "2026-11-15", "timezone": "UTC"}


def on(day, name="view", who="ann", hour=12):
    return {"who": who, "name": name, "ts": datetime(2026, 11, day, hour, tzinfo=UTC)}


def test_who_was_born_before_the_range_is_in_no_first_time_cohort():
    rows = [on(1, "signup"), on(3, "signup"), on(3, "signup", who="bob")]
    assert [cohort["size"] for cohort in ask(rows, NOW, range=RANGE, start={"event": "signup"})["cohorts"]] == [1, 0]


def test_a_week_starts_on_monday_and_is_labelled_by_it_even_before_the_range():
    found = ask([on(11)], NOW, range={"from": "2026-11-11", "to": "2026-11-16", "timezone": "UTC"}, periods=2)
    assert [cohort["start"] for cohort in found["cohorts"]] == ["2026-11-09", "2026-11-16"]


def test_the_average_pools_complete_cells_only():
    rows = [on(3), on(3, who="bob"), on(10), on(10, who="cid"), on(17, who="cid")]
    found = ask(rows, datetime(2026, 11, 18, tzinfo=UTC), range=RANGE, periods=2)
    assert [cohort["counts"] for cohort in found["cohorts"]] == [[2, 1], [1, 1]]
    assert [cohort["complete"] for cohort in found["cohorts"]] == [[True, True], [True, False]]
    assert found["average"] == [1.0, 0.5]


def test_nobody_gives_empty_cohorts_and_no_average():
    found = ask([], NOW, range=RANGE, periods=3)
    assert [cohort["counts"] for cohort in found["cohorts"]] == [[0, 0, 0], [0, 0, 0]]
    assert found["average"] == [None, None, None]


def test_a_cell_that_is_not_there_is_refused():
    question = question_of(kind="retention", range=RANGE, periods=3)
    with relation_of([]) as relation, pytest.raises(BadRequest, match="no such cell"):
        retention.actors_of_retention(asking_of(relation, question, NOW), question, At(cell=("2026-11-03", 1)))


def test_people_of_a_cell_are_asked_for_with_as_many_values_as_the_question_breaks_down_by():
    question = question_of(kind="retention", breakdown=[{"property": "plan"}], unit="day",
                           range={"from": "2026-11-10", "to": "2026-11-11"})  # fmt: skip
    with relation_of([]) as relation, pytest.raises(BadRequest) as refused:
        at = At(cell=("2026-11-10", 0), breakdown=("free", "more"))
        retention.actors_of_retention(asking_of(relation, question, NOW), question, at)
    assert refused.value.details["path"] == "$.at.breakdown"
