"""Lifecycle and stickiness against the oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import actors, lifecycle, stickiness
from tests.events.query.test_trends import NOW, ZONES, rows_of
from tests.oracle import trends as oracle
from tests.query_data import asking_of, cohort, question_of, relation_of

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


@settings(max_examples=60, deadline=None)
@given(rows=rows_of, zone=st.sampled_from(ZONES), at_least=st.booleans())
def test_a_breakdown_is_the_same_question_of_each_value(rows, zone, at_least):
    last, local = FIRST + timedelta(days=9), ZoneInfo(zone)
    common = {"range": range_of(FIRST, last, zone), "interval": "day", "breakdown": [{"property": "plan"}]}
    by_plan = {}
    for row in rows:
        by_plan.setdefault((row["properties"].get("plan", "$none"),), []).append(row)
    found = ask(lifecycle, rows, kind="lifecycle", **common)
    shown = {tuple(part.pop("value")): part for part in found["breakdowns"]}
    for value, of_value in by_plan.items():
        wanted = oracle.lifecycle(of_value, "day", FIRST, last, local)
        assert shown.pop(value, {state: [0] * 10 for state in wanted}) == wanted
    assert shown == {}
    exact = ask(stickiness, rows, kind="stickiness", at_least=at_least, **common)
    shown = {tuple(part["value"]): part["counts"] for part in exact["breakdowns"]}
    for value, of_value in by_plan.items():
        wanted = oracle.stickiness(of_value, "day", FIRST, last, local)
        assert [entry["users"] for entry in shown.pop(value, [])] == [
            sum(users for days, users in wanted.items() if days == n or (at_least and days > n))
            for n in (range(1, 11) if wanted else ())
        ]
    assert shown == {}


def test_values_beyond_the_largest_are_other_where_an_actor_counts_once_and_its_people_are_those():
    day = datetime(2026, 10, 26, tzinfo=UTC)
    rows = [{"who": f"u{n}", "name": "view", "ts": day, "properties": {"plan": "big"}} for n in range(3)]
    rows += [{"who": "ann", "name": "view", "ts": day, "properties": {"plan": f"p{n:02}"}} for n in range(30)]
    for number, row in enumerate(rows):
        row["seq"] = number
    common = {"range": range_of(date(2026, 10, 26), date(2026, 10, 26), "UTC"), "interval": "day",
              "breakdown": [{"property": "plan"}]}  # fmt: skip
    found = ask(lifecycle, rows, kind="lifecycle", **common)["breakdowns"]
    assert (len(found), found[0]["value"], found[0]["new"], found[-1]["value"], found[-1]["new"]) == (
        26, ["big"], [3], ["$other"], [1]
    )  # fmt: skip
    found = ask(stickiness, rows, kind="stickiness", **common)["breakdowns"]
    assert (len(found), found[0]["counts"], found[-1]["counts"]) == (
        26, [{"n": 1, "users": 3}], [{"n": 1, "users": 1}]
    )  # fmt: skip
    places = {"lifecycle": {"state": "new", "bucket": "2026-10-26"}, "stickiness": {"n": 1}}
    for kind, at in places.items():
        for more, total in (({}, 4), ({"breakdown": ["big"]}, 3), ({"breakdown": ["$other"]}, 1)):
            of = {"kind": kind, **common}
            assert ask(actors, rows, kind="actors", of=of, at={**at, **more})["total"] == total


def test_a_breakdown_by_cohort_tells_members_from_all_others():
    day = datetime(2026, 10, 26, tzinfo=UTC)
    rows = [{"who": who, "name": "view", "ts": day, "seq": number} for number, who in enumerate(("ann", "bob", "cid"))]
    known = cohort(None, "ann")
    for module, kind in ((lifecycle, "lifecycle"), (stickiness, "stickiness")):
        question = question_of(kind=kind, interval="day", range=range_of(date(2026, 10, 26), date(2026, 10, 26), "UTC"),
                               breakdown=[{"property": f"cohort:{next(iter(known))}"}])  # fmt: skip
        with relation_of(rows) as relation:
            found = module.answer(asking_of(relation, question, NOW, cohorts=known), question)["breakdowns"]
        counted = {part["value"][0]: part["new"][0] if kind == "lifecycle" else part["counts"][0]["users"]
                   for part in found}  # fmt: skip
        assert counted == {"true": 1, "false": 2}
