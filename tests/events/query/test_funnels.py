"""Funnels against the oracle, on adversarial rows: equal instants, window edges, sessions, holds, exclusions."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import funnel_rounds, funnel_rows, funnel_windows, funnels
from events.query.types import At
from tests.oracle import funnel as oracle
from tests.oracle.trends import mark_sessions
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
RANGE = {"from": "2026-11-10", "to": "2026-11-11", "timezone": "UTC"}
MICRO = timedelta(microseconds=1)
# the range's edges, one window (an hour) on from places where attempts start, and the gap that ends a session
INSTANTS = [
    start + step * timedelta(minutes=30) + odd * MICRO
    for start in (SINCE, SINCE + timedelta(hours=5), UNTIL)
    for step in range(-1, 4)
    for odd in (-1, 0, 0, 1)
]

rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "ann", "bob"]),
            "name": st.sampled_from(["a", "a", "b", "b", "c", "x", "other"]),
            "ts": st.sampled_from(INSTANTS),
            "properties": st.fixed_dictionaries(
                {},
                optional={
                    "p": st.sampled_from([1, 2, "1"]),
                    "q": st.sampled_from(["u", "v", None]),
                    "odd": st.just(True),
                },
            ),
            "session": st.sampled_from([None, None, "s1", "s2"]),
        }
    ),
    max_size=11,
)
# plain steps, steps that one event can fill both of, the same step twice
STEP_LISTS = [
    [{"event": "a"}],
    [{"event": "a"}, {"event": "b"}],
    [{"event": "a"}, {"event": "b"}, {"event": "c"}],
    [{"event": "a"}, {"event": "a"}, {"event": "b"}],
    [{"event": ["a", "b"]}, {"event": "b"}, {"event": ["b", "c"]}],
    [{"event": "*"}, {"event": "b"}, {"event": "a"}],
    [{"event": "a"}, {"event": "a", "filters": [{"property": "odd", "op": "is", "value": True}]}, {"event": "*"}],
]
EXCLUSIONS = [
    [],
    [],
    [{"event": "x", "from_step": 1, "to_step": 2}],
    [{"event": "x", "from_step": 1}, {"event": "other", "from_step": 1, "to_step": 2}],
    [{"event": "c", "from_step": 1}],
]


def number(rows):
    for position, row in enumerate(rows):
        row["seq"] = position
    return rows


def ask(rows, **fields):
    question = question_of(kind="funnel", **{"range": RANGE, "window": {"n": 1, "unit": "hour"}, **fields})
    with relation_of(rows) as relation:
        return funnels.answer(asking_of(relation, question, NOW), question)


def test_of(step):
    names = [step["event"]] if isinstance(step["event"], str) else step["event"]
    odd = bool(step.get("filters"))
    return lambda row: ("*" in names or row["name"] in names) and (not odd or row["properties"].get("odd") is True)


test_of.__test__ = False


def by_oracle(rows, steps, window=timedelta(hours=1), exclusions=(), **fields):
    inside = [row for row in rows if row["ts"] >= SINCE]
    mark_sessions(inside)
    for row in inside:
        row["derived_session"] = row["who"] + row["derived_session"]
    rules = oracle.Funnel(
        steps=[test_of(step) for step in steps],
        since=SINCE,
        until=UNTIL,
        window=window,
        exclusions=[(test_of(each), each["from_step"], each.get("to_step", len(steps))) for each in exclusions],
        **fields,
    )
    return oracle.attempts(inside, rules)


def same(found, wanted):
    """Counts are equal, shares and times up to a float's last digits."""
    for step, expected in zip(found, wanted, strict=True):
        for key, value in expected.items():
            if value is None or step[key] is None:
                assert step[key] is value, (key, found, wanted)
            else:
                assert abs(step[key] - value) < 1e-6, (key, found, wanted)


@settings(max_examples=150 * MORE, deadline=None)
@given(
    rows=rows_of,
    steps=st.sampled_from(STEP_LISTS),
    order=st.sampled_from(["ordered", "strict", "any"]),
    counting=st.sampled_from(["uniques", "totals", "sessions"]),
    exclusions=st.sampled_from(EXCLUSIONS),
    hold=st.sampled_from([[], [], ["p"], ["p", "q"]]),
)
def test_every_rule_agrees_with_the_oracle(rows, steps, order, counting, exclusions, hold):
    number(rows)
    exclusions = exclusions if len(steps) > 1 else []
    found = ask(rows, steps=steps, order=order, counting=counting, exclusions=exclusions, hold=hold)
    attempts = by_oracle(rows, steps, order=order, counting=counting, exclusions=exclusions, hold=hold)
    same(found["steps"], oracle.steps_of(attempts, len(steps)))


@settings(max_examples=150 * MORE, deadline=None)
@given(
    rows=rows_of,
    steps=st.sampled_from([*STEP_LISTS[:3], STEP_LISTS[-1]]),
    counting=st.sampled_from(["uniques", "sessions"]),
    hold=st.sampled_from([[], ["p"], ["p", "q"]]),
    names=st.sampled_from([[], ["q"], ["p", "q"]]),
    attribution=st.sampled_from(["first", "last", "step:1", "step:2"]),
    rounds=st.sampled_from([0, 0, 1, funnel_rounds.ROUNDS]),
)
def test_rounds_windows_and_rows_find_the_same_attempts(rows, steps, counting, hold, names, attribution, rounds):
    number(rows)
    question = question_of(
        kind="funnel", range=RANGE, steps=steps, counting=counting, window={"n": 1, "unit": "hour"}, hold=hold,
        breakdown=[{"property": name} for name in names], attribution=attribution if len(steps) > 1 else "first",
    )  # fmt: skip
    columns = [f"t{step + 1}" for step in range(len(steps))] + [f"v{each}" for each in range(len(names))]
    with relation_of(rows) as relation:
        if not funnel_windows.can_say(asking_of(relation, question, NOW), question):
            return
        ways = []
        for way in (funnel_windows, funnel_rows):
            asking = asking_of(relation, question, NOW)
            with mock.patch.object(funnel_rounds, "ROUNDS", rounds):  # fewer leave more to windows
                found = way.attempts_sql(asking, question)
            ways.append(asking.rows(f"WITH {found} SELECT who, {', '.join(columns)} FROM attempts ORDER BY ALL"))
    assert ways[0] == ways[1]
    attempts = by_oracle(rows, steps, counting=counting, hold=hold)
    assert len(ways[0]) == len(attempts)


def at(*minutes_and_names):
    return number([{"who": "ann", "name": name, "ts": SINCE + minutes * timedelta(minutes=1), "properties": {}}
                   for minutes, name in minutes_and_names])  # fmt: skip


def counts(rows, *names, **fields):
    return [step["count"] for step in ask(rows, steps=[{"event": name} for name in names], **fields)["steps"]]


def test_a_last_step_before_the_middle_one_does_not_hide_the_one_behind_it():
    assert counts(at((0, "a"), (1, "c"), (2, "b"), (3, "c")), "a", "b", "c") == [1, 1, 1]


def test_the_start_that_converts_may_be_the_last_of_many():
    tries = [(200 * number + minutes, name) for number in range(9) for minutes, name in ((0, "a"), (1, "b"), (90, "c"))]
    assert counts(at(*tries), "a", "b", "c") == [1, 1, 0]
    assert counts(at(*tries, (1800, "a"), (1860, "c")), "a", "b", "c") == [1, 1, 0]
    assert counts(at(*tries, (1800, "a"), (1801, "b"), (1860, "c")), "a", "b", "c") == [1, 1, 1]


def test_a_goal_that_no_start_reaches_leaves_the_earliest_that_came_next_to_it():
    rows = at((0, "a"), (100, "a"), (110, "b"), (300, "a"), (301, "b"), (400, "c"))
    answer = ask(rows, steps=[{"event": name} for name in "abc"])["steps"]
    assert [step["count"] for step in answer] == [1, 1, 0]
    assert answer[1]["median_seconds"] == 600


@settings(max_examples=80 * MORE, deadline=None)
@given(
    rows=rows_of,
    steps=st.sampled_from(STEP_LISTS),
    order=st.sampled_from(["ordered", "strict", "any"]),
    counting=st.sampled_from(["uniques", "totals", "sessions"]),
    attribution=st.sampled_from(["first", "last", "step:1", "step:2"]),
    names=st.sampled_from([["q"], ["p", "q"]]),
)
def test_breakdowns_agree_with_the_oracle(rows, steps, order, counting, attribution, names):
    number(rows)
    attribution = attribution if len(steps) > 1 else "first"
    found = ask(
        rows,
        steps=steps,
        order=order,
        counting=counting,
        attribution=attribution,
        breakdown=[{"property": name} for name in names],
    )
    wanted: dict[tuple[str, ...], list[oracle.Attempt]] = {}
    for attempt in by_oracle(rows, steps, order=order, counting=counting):
        wanted.setdefault(oracle.value_of(attempt, names, attribution), []).append(attempt)
    assert {tuple(part["value"]) for part in found["breakdowns"]} == set(wanted)
    for part in found["breakdowns"]:
        same(part["steps"], oracle.steps_of(wanted[tuple(part["value"])], len(steps)))


@settings(max_examples=60 * MORE, deadline=None)
@given(
    rows=rows_of,
    steps=st.sampled_from(STEP_LISTS),
    order=st.sampled_from(["ordered", "any"]),
    counting=st.sampled_from(["uniques", "totals"]),
    step=st.integers(1, 3),
    converted=st.booleans(),
    broken_down=st.booleans(),
)
def test_the_people_behind_a_step_are_the_oracles(rows, steps, order, counting, step, converted, broken_down):
    number(rows)
    step = min(step, len(steps))
    breakdown = [{"property": "q"}] if broken_down else []
    question = question_of(kind="funnel", range=RANGE, steps=steps, order=order, counting=counting, breakdown=breakdown,
                           window={"n": 1, "unit": "hour"})  # fmt: skip
    at = At(step=step, converted=converted, breakdown=("u",) if broken_down else None)
    with relation_of(rows) as relation:
        asking = asking_of(relation, question, NOW)
        people = funnels.actors_of_funnel(asking, question, at)
        of = f"WITH people AS ({people}) SELECT DISTINCT distinct_id FROM tail WHERE actor IN (SELECT who FROM people)"
        found = {name for (name,) in asking.rows(of)}
    wanted = {
        attempt.rows[0]["who"]
        for attempt in by_oracle(rows, steps, order=order, counting=counting)
        if (attempt.level >= step if converted else attempt.level == step - 1)
        and (not broken_down or oracle.value_of(attempt, ["q"], "first") == ("u",))
    }
    assert found == wanted
