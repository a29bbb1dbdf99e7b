"""Cohorts against the oracle: merges, equal times, edges of days and clock changes; in every kind of question."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import joined, run
from events.query.asking import Asking
from events.query.explain import explain
from events.query.types import parse_question
from obc_analytics.errors import BadRequest
from tests.oracle import cohorts as oracle
from tests.oracle.trends import local_day
from tests.query_data import asking_of, cohort, question_of, relation_of

ID = uuid.UUID(int=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
NOW = datetime(2026, 10, 27, 9, 30, tzinfo=UTC)  # two days after the clocks went back in Berlin
START = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)
LINKS = [
    {"kind": "device", "source": "d1", "target": "ann", "ts": START, "event_id": "x"},
    {"kind": "alias", "source": "old", "target": "bob", "ts": START, "event_id": "y"},
]
CANONICAL = {"d1": "ann", "old": "bob"}

events = st.builds(
    lambda who, name, half_hours, odd, properties, device: {
        "who": who, "name": name, "ts": START + timedelta(minutes=30 * half_hours, microseconds=odd),
        "properties": properties, "device": device,
    },
    st.sampled_from(["ann", "bob", "cid", "d1", "old", "dee"]),
    st.sampled_from(["view", "view", "buy"]),
    st.integers(-6, 130),
    st.sampled_from([0, 0, 0, 1, -1]),
    st.fixed_dictionaries({}, optional={"plan": st.sampled_from(["free", "pro"])}),
    st.sampled_from([None, "phone", "desk"]),
)  # fmt: skip
told = st.builds(
    lambda who, half_hours, plan: {
        "who": who, "name": "$identify", "ts": START + timedelta(minutes=30 * half_hours),
        "properties": {"$set": {"plan": plan}},
    },
    st.sampled_from(["ann", "bob", "cid", "d1", "old"]),
    st.integers(0, 4),
    st.sampled_from(["free", "pro", None]),
)  # fmt: skip
rows_of = st.lists(st.one_of(events, events, told), max_size=25)

behaviours = st.fixed_dictionaries(
    {"type": st.just("behaviour"), "event": st.sampled_from(["view", "buy", "*"])},
    optional={
        "filters": st.just([{"property": "plan", "op": "is", "value": "pro"}]),
        "last_days": st.integers(1, 4),
    },
).flatmap(
    lambda made: st.sampled_from(
        [("at_least", 1), ("at_least", 2), ("at_most", 1), ("at_most", 0), ("exactly", 0), ("exactly", 2)]
    ).map(lambda rule: {**made, "times": rule[0], "n": rule[1]})
)
dated = st.builds(
    lambda made, first, days: {
        **{name: value for name, value in made.items() if name != "last_days"},
        "between": {"from": f"2026-10-{first}", "to": f"2026-10-{first + days}"},
    },
    behaviours, st.integers(24, 26), st.integers(0, 2),
)  # fmt: skip
properties_of = st.builds(
    lambda name, rule: {"type": "property", "property": name, **rule},
    st.sampled_from(["profile:plan", "$device_id"]),
    st.sampled_from(
        [
            {"op": "is", "value": "pro"},
            {"op": "is_not", "value": "phone"},
            {"op": "is_set"},
            {"op": "is_not_set"},
            {"op": "in", "value": ["pro", "desk"]},
        ]
    ),
)
definitions = st.recursive(
    st.one_of(behaviours, dated, properties_of),
    lambda inner: st.one_of(
        st.builds(lambda each: {"type": "not", "condition": each}, inner),
        st.builds(
            lambda word, each: {"type": word, "conditions": each},
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=4,
)


def numbered(rows):
    for number, row in enumerate(rows):
        row.update(seq=number, event_id=f"e{number:03}")
    return rows


def canonical(rows):
    return [{**row, "who": CANONICAL.get(row["who"], row["who"])} for row in rows]


def members_in(asking: Asking, id_=ID) -> set[str]:
    table = joined.cohort(asking, id_)
    names = {asking.who_is(name): name for name in ("ann", "bob", "cid", "dee", "eve")}
    found = [who for (who,) in asking.rows(f"SELECT who FROM {table}")]
    assert len(found) == len(set(found))
    return {names[who] for who in found}


def question_in(zone, **fields):
    days = {"from": "2026-10-20", "to": "2026-10-30", "timezone": zone}
    return question_of(**{"kind": "trends", "range": days, **fields})


@settings(max_examples=60, deadline=None)
@given(rows=rows_of, definition=definitions, zone=st.sampled_from(ZONES))
def test_members_are_those_of_the_oracle(rows, definition, zone):
    rows = numbered(rows)
    with relation_of(rows, LINKS) as relation:
        asking = asking_of(relation, question_in(zone), NOW, cohorts=cohort(definition))
        found = members_in(asking)
    assert found == oracle.members(definition, canonical(rows), NOW, ZoneInfo(zone))


@settings(max_examples=8, deadline=None)
@given(rows=rows_of, definition=definitions)
def test_a_question_counts_its_cohort_alone_and_splits_by_it(rows, definition):
    rows, known = numbered(rows), cohort(definition)
    inside = oracle.members(definition, canonical(rows), NOW, ZoneInfo("Europe/Berlin"))
    everyone = {row["who"] for row in canonical(rows)}
    series = [{"measure": "uniques"}]
    with relation_of(rows, LINKS) as relation:

        def total(**fields):
            question = question_in("Europe/Berlin", series=series, **fields)
            answer = run.BUILDERS[type(question)](asking_of(relation, question, NOW, cohorts=known), question)
            return {tuple(line["breakdown"]): line["total"] for line in answer["series"]}

        assert total(cohort=str(ID)) == {(): len(inside)}
        for op, value, wanted in [
            ("is", "true", inside), ("is", False, everyone - inside), ("is_not", "true", everyone - inside),
            ("in", ["true", "false"], everyone), ("not_in", ["false"], inside),
        ]:  # fmt: skip
            assert total(filters=[{"property": f"cohort:{ID}", "op": op, "value": value}]) == {(): len(wanted)}
        parts = {("true",): len(inside), ("false",): len(everyone - inside)}
        found = total(breakdown=[{"property": f"cohort:{ID}"}])
        assert found == {value: count for value, count in parts.items() if count}


PRO = {"type": "behaviour", "event": "buy"}
KINDS = [
    {"kind": "trends", "series": [{"event": "view", "measure": "wau"}, {"event": "view", "measure": "total"}]},
    {"kind": "trends", "series": [{"measure": "sum", "property": "n"}], "compare": "previous_period", "rolling": 2},
    {"kind": "funnel", "steps": [{"event": "view"}, {"event": "buy"}]},
    {"kind": "funnel", "steps": [{"event": "view"}, {"event": "buy"}], "order": "any", "counting": "totals"},
    {"kind": "funnel", "steps": [{"event": "view"}, {"event": "*"}], "counting": "sessions"},
    {"kind": "retention", "unit": "day", "periods": 3},
    {"kind": "retention", "unit": "day", "periods": 3, "clock": "rolling", "birth": "recurring"},
    {"kind": "flows", "anchor": {"event": "view"}, "depth": 2},
    {"kind": "lifecycle", "interval": "day"},
    {"kind": "stickiness"},
    {"kind": "errors"},
    {"kind": "vitals"},
    {"kind": "forms"},
    {"kind": "sessions"},
]


def sample():
    rows = []
    for at, who in enumerate(["ann", "ann", "bob", "cid", "dee", "d1", "cid", "ann"]):
        ts = START + timedelta(hours=5 * at)
        rows.append({"who": who, "name": "view", "ts": ts, "properties": {"n": at + 1}})
        rows.append({"who": who, "name": "form_start", "ts": ts, "properties": {"form": "f"}})
        rows.append({"who": who, "name": "error", "ts": ts, "properties": {"message": "broken"}})
        rows.append({"who": who, "name": "web_vital", "ts": ts, "properties": {"metric": "LCP", "value": 1000 + at}})
    rows += [
        {"who": who, "name": "buy", "ts": START + timedelta(hours=30), "properties": {"n": 9}} for who in ("d1", "cid")
    ]
    return numbered(rows)


@pytest.mark.parametrize("fields", KINDS, ids=lambda fields: f"{fields['kind']}-{len(str(fields))}")
def test_every_kind_answers_for_a_cohort_as_if_there_were_nobody_else(fields):
    rows, known = sample(), cohort(PRO)
    others = [row for row in rows if row["who"] in ("ann", "d1", "cid")]
    question, plain = question_in("UTC", **fields, cohort=str(ID)), question_in("UTC", **fields)
    build = run.BUILDERS[type(question)]
    with relation_of(rows, LINKS) as relation, relation_of(others, LINKS) as alone:
        found = build(asking_of(relation, question, NOW, cohorts=known), question)
        assert found == build(asking_of(alone, plain, NOW), plain)
        assert found != build(asking_of(relation, plain, NOW), plain)


@pytest.mark.parametrize("fields", KINDS[:10], ids=lambda fields: f"{fields['kind']}-{len(str(fields))}")
def test_every_kind_with_a_breakdown_takes_a_cohort_as_one(fields):
    fields = {**fields, "breakdown": [{"property": f"cohort:{ID}"}]}
    question = question_in("UTC", **fields)
    with relation_of(sample(), LINKS) as relation:
        found = run.BUILDERS[type(question)](asking_of(relation, question, NOW, cohorts=cohort(PRO)), question)
    parts = [line["breakdown"] for line in found.get("series", [])]
    parts += [part["value"] for part in found.get("breakdowns", [])]
    if fields["kind"] in {"trends", "funnel", "retention"}:
        assert {value for (value,) in parts} == {"true", "false"}


def test_the_people_behind_a_number_are_the_cohorts():
    of = {"kind": "trends", "series": [{"event": "view", "measure": "uniques"}], "cohort": str(ID),
          "range": {"from": "2026-10-20", "to": "2026-10-30", "timezone": "UTC"}}  # fmt: skip
    question = parse_question({"kind": "actors", "of": of})
    with relation_of(sample(), LINKS) as relation:
        found = run.BUILDERS[type(question)](asking_of(relation, question, NOW, cohorts=cohort(PRO)), question)
    assert {person["id"] for person in found["actors"]} == {"ann", "cid"}


def test_explain_says_that_a_person_is_not_in_the_cohort():
    question = question_in("UTC", kind="funnel", steps=[{"event": "view"}, {"event": "buy"}], cohort=str(ID))
    with relation_of(sample(), LINKS) as relation:
        told_of = {
            who: explain(asking_of(relation, question, NOW, cohorts=cohort(PRO)), question, who)
            for who in ("d1", "bob")
        }
    assert told_of["d1"]["counted"] is True
    assert told_of["bob"]["counted"] is False
    assert told_of["bob"]["summary"] == "Not counted: the question is about people in “cohort 1”, and this is not one."


def test_a_fixed_list_of_ids_holds_people_whichever_of_their_ids_it_names():
    known = cohort(None, "d1", "ann", "dee", "never seen")
    with relation_of(sample(), LINKS) as relation:
        asking = asking_of(relation, question_in("UTC"), NOW, cohorts=known)
        names = {asking.who_is(name): name for name in ("ann", "dee", "never seen")}
        found = asking.rows(f"SELECT who FROM {joined.cohort(asking, ID)}")
    assert sorted(names[who] for (who,) in found) == ["ann", "dee", "never seen"]


def test_a_fixed_list_without_anybody_is_nobody():
    with relation_of(sample()) as relation:
        question = question_in("UTC", cohort=str(ID))
        answer = run.BUILDERS[type(question)](asking_of(relation, question, NOW, cohorts=cohort(None)), question)
    assert answer["series"][0]["total"] == 0


def test_the_last_days_begin_at_a_local_midnight_and_include_today():
    zone = "Europe/Berlin"
    edge = datetime(2026, 10, 24, 22, tzinfo=UTC)  # Sunday 25 October, 00:00: a day of 25 hours
    rows = numbered(
        [
            {"who": "ann", "name": "view", "ts": edge},
            {"who": "bob", "name": "view", "ts": edge - timedelta(microseconds=1)},
            {"who": "cid", "name": "view", "ts": datetime(2026, 10, 27, 22, 59, tzinfo=UTC)},
            {"who": "dee", "name": "view", "ts": datetime(2026, 10, 27, 23, 0, tzinfo=UTC)},
        ]
    )
    definition = {"type": "behaviour", "event": "view", "last_days": 3}
    with relation_of(rows) as relation:
        asking = asking_of(relation, question_in(zone), NOW, cohorts=cohort(definition))
        assert members_in(asking) == {"ann", "cid"}
    assert local_day(rows[0], ZoneInfo(zone)).day == 25


def test_what_the_latest_event_says_is_looked_for_beyond_the_days_and_events_of_a_behaviour():
    viewed = {"who": "ann", "name": "view", "ts": NOW - timedelta(days=1), "device": "phone"}
    later = {"who": "ann", "name": "buy", "ts": NOW - timedelta(hours=1), "device": "desk"}
    before = {"who": "bob", "name": "view", "ts": NOW - timedelta(days=40), "device": "desk"}
    on_desk = {"type": "property", "property": "$device_id", "value": "desk"}
    definition = {"type": "all", "conditions": [{"type": "behaviour", "event": "view", "last_days": 7}, on_desk]}
    with relation_of(numbered([viewed, later, before])) as relation:
        asking = asking_of(relation, question_in("UTC"), NOW, cohorts=cohort(definition))
        assert members_in(asking) == {"ann"}


def test_a_cohort_that_the_question_was_not_given_is_refused_not_empty():
    question = question_in("UTC", filters=[{"property": f"cohort:{ID}", "value": "true"}])
    with relation_of([]) as relation, pytest.raises(BadRequest, match="no cohort"):
        run.BUILDERS[type(question)](asking_of(relation, question, NOW), question)


def test_conditions_over_the_most_that_may_be_asked_are_answered():
    definition = {"type": "all", "conditions": [{**PRO, "last_days": days} for days in range(3, 33)]}
    with relation_of(sample(), LINKS) as relation:
        asking = asking_of(relation, question_in("UTC"), NOW, cohorts=cohort(definition))
        assert members_in(asking) == {"ann", "cid"}
