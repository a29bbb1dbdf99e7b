"""Profiles against the oracle: every operation, in every order of arrival, over linked ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from events.identity import traits
from events.query import trends
from tests.oracle import traits as oracle
from tests.query_data import asking_of, question_of, relation_of

START = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LINKS = [{"kind": "device", "source": "d1", "target": "ann", "ts": START, "event_id": "x"}]
NAMES = ["plan", "n", "/~", "ünset", "a"]

value = st.sampled_from([1, 2.5, "x", "1", None, True, [], [1, "x", 1], {"a": 1}, -3, 0])
values = st.dictionaries(st.sampled_from(NAMES), value, max_size=3)
operations = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.one_of(values, values, value) for name in oracle.ORDER[:-1]},
        "$unset": st.one_of(st.lists(st.sampled_from(NAMES), max_size=2), st.sampled_from(NAMES), values),
    },
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "d1", "bob"]),
            "name": st.sampled_from(["$identify", "$profile", "$profile", "visit"]),
            "minute": st.integers(0, 3),
            "properties": operations,
        }
    ),
    max_size=8,
)


def numbered(found):
    return [
        {**row, "event_id": f"{len(found) - number}", "ts": START + timedelta(minutes=row["minute"])}
        for number, row in enumerate(found)
    ]


def told(found, names=NAMES):
    with relation_of(found, LINKS) as relation:
        asking = asking_of(relation, question_of(kind="trends"), NOW)
        answer = asking.rows(traits.select(asking.events(None, None), names, asking.binds))
        ids = {asking.who_is(id_): id_ for id_ in ("ann", "bob")}
    return {ids[who]: json.loads(text) for who, text in answer}


@settings(max_examples=150, deadline=None)
@given(found=rows, data=st.data())
def test_traits_agree_with_the_oracle_in_any_order_of_arrival(found, data):
    found = numbered(found)
    wanted = {
        "ann": oracle.traits([row for row in found if row["who"] != "bob"]),
        "bob": oracle.traits([row for row in found if row["who"] == "bob"]),
    }
    assert told(data.draw(st.permutations(found))) == {who: values for who, values in wanted.items() if values}


def test_traits_filter_and_break_down_what_linked_ids_did():
    found = [
        {"who": "d1", "name": "visit", "ts": START},
        {"who": "bob", "name": "visit", "ts": START},
        {"who": "ann", "name": "$identify", "ts": START, "properties": {"$set": {"plan": "pro", "n": 5}}},
    ]
    question = question_of(
        kind="trends", range={"from": "2026-11-09", "to": "2026-11-12", "timezone": "UTC"},
        series=[{"event": "visit", "filters": [{"property": "profile:n", "op": "gt", "value": 4}]}, {"event": "visit"}],
        breakdown=[{"property": "profile:plan"}],
    )  # fmt: skip
    with relation_of(found, LINKS) as relation:
        series = trends.answer(asking_of(relation, question, NOW), question)["series"]
    assert [(each["series"], each["breakdown"], each["total"]) for each in series] == [
        (0, ["pro"], 1),
        (1, ["$none"], 1),
        (1, ["pro"], 1),
    ]
