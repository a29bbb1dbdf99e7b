"""Flows against the oracle: equal instants, session edges, repeats, the range's edges."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import flows
from events.query.types import At, Breakdown
from obc_analytics.errors import BadRequest
from tests.oracle import flows as oracle
from tests.oracle.trends import mark_sessions
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
RANGE = {"from": "2026-11-10", "to": "2026-11-11", "timezone": "UTC"}
# around the range's edges, and up to the gap that ends a session, to the microsecond
INSTANTS = [
    start + minutes * timedelta(minutes=1) + odd * timedelta(microseconds=1)
    for start in (SINCE, SINCE + timedelta(hours=5), UNTIL)
    for minutes in (-30, -10, 0, 10, 30, 40)
    for odd in (-1, 0, 1)
]
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "ann", "bob"]),
            "name": st.sampled_from(["login", "login", "view", "view", "buy", "x", "y"]),
            "ts": st.sampled_from(INSTANTS),
            "properties": st.fixed_dictionaries({}, optional={"odd": st.just(True)}),
            "session": st.sampled_from([None, None, "s1", "s2"]),
        }
    ),
    max_size=16,
)
ANCHORS = [
    ({"event": "login"}, lambda row: row["name"] == "login"),
    ({"event": ["view", "buy"]}, lambda row: row["name"] in ("view", "buy")),
    ({"event": "*"}, lambda row: True),
    (
        {"event": "login", "filters": [{"property": "odd", "op": "is", "value": True}]},
        lambda row: row["name"] == "login" and row["properties"].get("odd") is True,
    ),
]
modes = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["after", "before"]),
        "depth": st.integers(1, 4),
        "top": st.integers(1, 3),
        "collapse_repeats": st.booleans(),
    }
)


def asked(rows, anchor, mode):
    for number, row in enumerate(rows):
        row["seq"] = number
    mark_sessions(rows)
    question = question_of(kind="flows", range=RANGE, anchor=anchor[0], **mode)
    names = {"direction": mode["direction"], "depth": mode["depth"], "top": mode["top"]}
    return question, oracle.Flows(anchor[1], SINCE, UNTIL, collapse=mode["collapse_repeats"], **names)


@settings(max_examples=150 * MORE, deadline=None)
@given(rows=rows_of, anchor=st.sampled_from(ANCHORS), mode=modes)
def test_nodes_and_links_agree_with_the_oracle(rows, anchor, mode):
    question, rules = asked(rows, anchor, mode)
    with relation_of(rows) as relation:
        found = flows.answer(asking_of(relation, question, NOW), question)
    nodes, links = oracle.flows(rows, rules)
    assert {node["id"]: node["count"] for node in found["nodes"]} == nodes
    assert {(link["source"], link["target"]): link["count"] for link in found["links"]} == links


@settings(max_examples=60 * MORE, deadline=None)
@given(rows=rows_of, anchor=st.sampled_from(ANCHORS), mode=modes, pick=st.integers(0, 30))
def test_the_people_behind_a_node_are_the_oracles(rows, anchor, mode, pick):
    question, rules = asked(rows, anchor, mode)
    nodes = sorted(oracle.flows(rows, rules)[0])
    if not nodes:
        return
    node = nodes[pick % len(nodes)]
    step, name = node.split(":")
    with relation_of(rows) as relation:
        asking = asking_of(relation, question, NOW)
        people = flows.actors_of_flows(asking, question, At(node=node))
        of = f"WITH people AS ({people}) SELECT DISTINCT distinct_id FROM tail WHERE actor IN (SELECT who FROM people)"
        found = {name for (name,) in asking.rows(of)}
    coded = oracle.coded(oracle.paths(rows, rules), rules)
    assert found == {who for who, names in coded if len(names) > abs(int(step)) and names[abs(int(step))] == name}


def graph(found):
    links = {(link["source"], link["target"]): link["count"] for link in found["links"]}
    return {node["id"]: node["count"] for node in found["nodes"]}, links


def people_of(relation, question, at):
    asking = asking_of(relation, question, NOW)
    of = f"WITH people AS ({flows.actors_of_flows(asking, question, at)})"
    found = asking.rows(f"{of} SELECT DISTINCT distinct_id FROM tail WHERE actor IN (SELECT who FROM people)")
    return {name for (name,) in found}


@settings(max_examples=60 * MORE, deadline=None)
@given(rows=rows_of, anchor=st.sampled_from(ANCHORS), mode=modes, most=st.integers(1, 3))
def test_a_breakdown_is_the_same_question_of_anchors_with_each_value(rows, anchor, mode, most):
    question, rules = asked(rows, anchor, mode)
    question = msgspec.structs.replace(question, breakdown=(Breakdown("odd"), Breakdown("$session_id")))
    with pytest.MonkeyPatch.context() as patched, relation_of(rows) as relation:
        patched.setattr(flows, "VALUES", most)
        found = flows.answer(asking_of(relation, question, NOW), question)
        shown = {tuple(part["value"]): graph(part) for part in found["breakdowns"]}
        nodes = {value: min(nodes) for value, (nodes, _) in shown.items()}
        people = {value: people_of(relation, question, At(node=node, breakdown=value)) for value, node in nodes.items()}
    assert graph(found) == oracle.flows(rows, rules)

    def value_of(row):
        return ("true" if row["properties"].get("odd") else "$none", row["session"] or "$none")

    counts = Counter(value_of(row) for row in rows if SINCE <= row["ts"] < UNTIL and anchor[1](row))
    largest = sorted(counts, key=lambda value: (-counts[value], value))[:most]
    picked = {value: lambda row, value=value: value_of(row) == value for value in largest}
    if len(counts) > most:
        picked[("$other", "$other")] = lambda row: value_of(row) not in largest
    assert shown.keys() == picked.keys()
    for value, passes in picked.items():
        one = replace(rules, anchor=lambda row, passes=passes: anchor[1](row) and passes(row))
        assert shown[value] == oracle.flows(rows, one)
        step, _, name = nodes[value].partition(":")
        coded = [(who, names[abs(int(step)) :]) for who, names in oracle.coded(oracle.paths(rows, one), one)]
        assert people[value] == {who for who, names in coded if names and names[0] == name}


def view(name, minute, who="ann"):
    return {"who": who, "name": name, "ts": SINCE + timedelta(minutes=minute)}


def ask(rows, **fields):
    question = question_of(kind="flows", range=RANGE, **{"anchor": {"event": "login"}, **fields})
    with relation_of(rows) as relation:
        return flows.answer(asking_of(relation, question, NOW), question)


def test_a_session_that_is_over_ends_once():
    found = ask([view("login", 0), view("search", 1)], depth=4)
    assert [node["id"] for node in found["nodes"]] == ["0:login", "1:search", "2:$end"]
    assert found["links"] == [
        {"source": "0:login", "target": "1:search", "count": 1},
        {"source": "1:search", "target": "2:$end", "count": 1},
    ]


def test_links_point_forward_in_time_when_looking_back():
    found = ask([view("search", 0), view("login", 1)], depth=1, direction="before")
    assert found["links"] == [{"source": "-1:search", "target": "0:login", "count": 1}]


def test_repeats_are_one_node_only_when_they_are_collapsed():
    rows = [view("login", 0), view("view", 1), view("view", 2), view("buy", 3)]
    names = lambda found: [node["event"] for node in found["nodes"]]  # noqa: E731
    assert names(ask(rows, depth=2)) == ["login", "view", "buy"]
    assert names(ask(rows, depth=2, collapse_repeats=False)) == ["login", "view", "view"]


def test_a_run_of_repeats_starts_one_path_when_any_of_it_is_an_anchor():
    odd = [False, True, False, True, True, False]
    rows = [{**view("login", minute), "properties": {"odd": True} if flag else {}} for minute, flag in enumerate(odd)]
    anchor = {"event": "login", "filters": [{"property": "odd", "op": "is", "value": True}]}
    for direction, other in (("after", "1:buy"), ("before", "-1:view")):
        found = ask([view("view", -5), *rows, view("buy", 9)], depth=1, anchor=anchor, direction=direction)
        assert [(node["id"], node["count"]) for node in found["nodes"]] == [("0:login", 1), (other, 1)]


def test_the_order_of_a_path_holds_for_large_numbers_and_times_before_1970():
    long_ago = datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    rows = [{**view("search", 0), "ts": long_ago, "session": "s"}, {**view("login", 3), "session": "s"}]
    rows += [{**view(name, 2), "session": "s", "seq": 2**42 + n} for n, name in enumerate(("click", "view"))]
    links = {(link["source"], link["target"]) for link in ask(rows, depth=3, direction="before")["links"]}
    assert links == {("-3:search", "-2:click"), ("-2:click", "-1:view"), ("-1:view", "0:login")}


def test_an_empty_session_id_is_a_session_and_none_is_not():
    rows = [{**view("login", 0), "session": ""}, {**view("buy", 90), "session": ""}, view("login", 1), view("x", 91)]
    nodes = [(node["id"], node["count"]) for node in ask(rows, depth=1)["nodes"]]
    assert nodes == [("0:login", 2), ("1:buy", 1), ("1:$end", 1)]


def test_a_node_that_cannot_be_is_refused():
    question = question_of(kind="flows", range=RANGE)
    with relation_of([]) as relation, pytest.raises(BadRequest, match="ids"):
        flows.actors_of_flows(asking_of(relation, question, NOW), question, At(node="9:login"))
