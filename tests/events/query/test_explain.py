"""What is told about one actor is what the builders count, and names the event that decided."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query.explain import explain
from obc_analytics.errors import NotFound
from tests.events.query import test_funnels as funnels
from tests.events.query import test_retention as retention
from tests.oracle import retention as retention_oracle
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def ask(rows, who="ann", now=NOW, **fields):
    for number, row in enumerate(rows):
        row["seq"] = number
        row["event_id"] = f"e{number}"
    question = question_of(**fields)
    with relation_of(rows) as relation:
        return explain(asking_of(relation, question, now), question, who)


@settings(max_examples=100 * MORE, deadline=None)
@given(
    rows=funnels.rows_of,
    steps=st.sampled_from(funnels.STEP_LISTS),
    order=st.sampled_from(["ordered", "strict", "any"]),
    counting=st.sampled_from(["uniques", "totals", "sessions"]),
    exclusions=st.sampled_from(funnels.EXCLUSIONS),
    hold=st.sampled_from([[], ["p"]]),
)
def test_a_funnel_is_told_as_the_oracle_counts_it(rows, steps, order, counting, exclusions, hold):
    rows = [*rows, {"who": "ann", "name": "nothing", "ts": funnels.SINCE, "properties": {}}]
    exclusions = exclusions if len(steps) > 1 else []
    found = ask(
        rows, kind="funnel", range=funnels.RANGE, window={"n": 1, "unit": "hour"}, steps=steps, order=order,
        counting=counting, exclusions=exclusions, hold=hold,
    )  # fmt: skip
    attempts = funnels.by_oracle(rows, steps, order=order, counting=counting, exclusions=exclusions, hold=hold)
    wanted = [[row["event_id"] for row in attempt.rows] for attempt in attempts if attempt.rows[0]["who"] == "ann"]
    told = [
        [step["event_id"] for step in attempt["steps"] if step["status"] == "done"]
        for attempt in found["attempts"]
        if attempt["counts"]
    ]
    assert sorted(told) == sorted(wanted)
    for attempt in found["attempts"]:
        assert all(step["sentence"] for step in attempt["steps"])
        assert (attempt["ended"] == "converted") == (attempt["level"] == len(steps))


@settings(max_examples=80 * MORE, deadline=None)
@given(
    rows=retention.rows_of,
    zone=st.sampled_from(retention.ZONES),
    anchor=st.sampled_from(retention.ANCHORS),
    mode=retention.modes,
)
def test_retention_is_told_as_the_oracle_counts_it(rows, zone, anchor, mode):
    rows = [*rows, {"who": "ann", "name": "nothing", "ts": retention.ANCHORS[0], "properties": {}}]
    range_, wanted = retention.questions(zone, anchor, 12, mode, NOW)
    back = {"return": {"event": "view"}}
    found = ask(rows, kind="retention", range=range_, start={"event": "signup"}, **back, **mode)
    rules = wanted("signup", "view")
    members = [member for member in retention_oracle.members(rows, rules) if member[0] == "ann"]
    assert [birth["cohort"] for birth in found["births"]] == [member[1].isoformat() for member in members]
    for birth, member in zip(found["births"], members, strict=True):
        came = [period["status"] in ("birth", "returned") for period in birth["periods"]]
        assert came == [retention_oracle.returned(rows, member, n, rules) for n in range(mode["periods"])]


def event(name, minutes, **properties):
    return {"who": "ann", "name": name, "ts": funnels.SINCE + timedelta(minutes=minutes), "properties": properties}


def decided(rows, **fields):
    """Status and sentence of the step that decided the attempt that counts."""
    steps = [{"event": "a"}, {"event": "b"}]
    window = {"n": 1, "unit": "hour"}
    told = ask(rows, kind="funnel", range=funnels.RANGE, window=window, **{"steps": steps, **fields})
    last = next(attempt for attempt in told["attempts"] if attempt["counts"])["steps"][-1]
    return last["status"], last["sentence"]


def test_a_late_step_names_the_window():
    status, sentence = decided([event("a", 0), event("b", 63)])
    assert status == "outside_window"
    assert sentence == "`b` came 1 h 3 min after the start: outside the window of 1 hour."


def test_a_step_of_the_same_instant_is_told_as_such():
    status, sentence = decided([event("a", 0), event("b", 0)])
    assert (status, "`b` came at the same moment, at" in sentence) == ("done", True)


def test_an_exclusion_is_named():
    status, sentence = decided([event("a", 0), event("x", 5), event("b", 9)], exclusions=[{"event": "x"}])
    assert (status, "`x` came 5 min after step 1" in sentence) == ("excluded", True)


def test_another_held_value_is_named():
    assert decided([event("a", 0, p=1), event("b", 5, p=2)], hold=["p"])[0] == "other_value"


def test_strict_order_tells_that_something_lies_between():
    assert decided([event("a", 0), event("other", 3), event("b", 5)], order="strict")[0] == "interrupted"


def test_a_step_that_never_came_is_told_apart_from_one_that_still_may():
    assert decided([event("a", 0)])[0] == "not_done"
    assert ask([event("a", 0)], now=funnels.SINCE + timedelta(minutes=20), kind="funnel", range=funnels.RANGE,
               steps=[{"event": "a"}, {"event": "b"}])["attempts"][0]["ended"] == "waiting"  # fmt: skip


def test_who_never_entered_is_told_so():
    found = ask([event("b", 0)], kind="funnel", range=funnels.RANGE, steps=[{"event": "a"}, {"event": "b"}])
    assert (found["counted"], found["summary"]) == (
        False,
        "Not in this funnel: step 1, `a`, did not happen in the range.",
    )


def test_a_birth_before_the_range_is_the_reason_for_no_cohort():
    found = ask([event("a", -100), event("a", 100)], kind="retention", range=funnels.RANGE, start={"event": "a"})
    assert found["births"] == []
    assert "the first `a` ever was at 2026-11-09 22:20:00, outside the range" in found["summary"]


def test_an_unknown_id_is_not_found():
    with pytest.raises(NotFound):
        ask([event("a", 0)], who="nobody", kind="retention")
