"""Form ↔ question, for every kind and option."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.insights import compact
from dashboards.insights.draft import draft_of, fields_of, question_of, tree
from dashboards.insights.reading import FIRST, first, read, salvage
from dashboards.insights.values import shown, typed
from dashboards.insights.view import parse_view
from events.query.types import parse_question, to_json
from obc_analytics.errors import BadRequest

from .questions import questions, scalars


def through_the_form(question):
    fields = fields_of(draft_of(question))
    return parse_question(question_of(tree(fields)))


@given(questions)
def test_a_question_comes_back_from_its_form(question):
    assert through_the_form(question) == question


@given(questions)
def test_a_question_comes_back_from_its_url(question):
    found = read(compact.text(question))
    assert (found.question, found.problems) == (question, ())


@given(scalars)
def test_a_value_is_read_as_what_it_was(value):
    assert typed(shown(value)) == value and type(typed(shown(value))) is type(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(questions, st.data())
def test_a_damaged_question_says_what_is_wrong_and_is_a_question_again(question, data):
    raw = json.loads(compact.text(question))
    raw[data.draw(st.sampled_from([*raw, "surplus"]))] = data.draw(json_values)
    found = salvage(raw)
    assert parse_question(to_json(found.question)) == found.question
    assert found.problems or parse_question(raw) == found.question


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '{"kind":"sql","sql":"select 1"}', "[" * 5000, '{"kind":"tr\\ud800"}']
)
def test_what_is_no_question_at_all_is_told_and_replaced(text):
    found = read(text)
    assert found.problems and found.question == first("trends")


def test_the_wrong_part_alone_is_left_out():
    raw = {
        "kind": "trends",
        "series": [{"event": "a"}, {"event": "b", "measure": "median"}],
        "filters": [{"property": "x", "op": "like", "value": 1}, {"property": "y", "value": 2}],
        "interval": "week",
    }
    found = salvage(raw)
    assert to_json(found.question)["interval"] == "week"
    assert [series.event for series in found.question.series] == ["a", "b"]
    assert [filter_.property for filter_ in found.question.filters] == ["x", "y"]
    assert len(found.problems) == 2 and "$.series[1].measure" in found.problems[0]


def test_half_a_character_in_a_name_is_told():
    found = read('{"kind":"trends","series":[{"event":"a\\ud800"}]}')
    assert found.problems


def test_rows_that_are_not_filled_in_are_no_part_of_the_question():
    fields = [
        ("kind", ["trends"]),
        ("series.0.event", ["a", ""]),
        ("series.0.filters.0.property", ["x"]),
        ("series.0.filters.0.op", ["is"]),
        ("series.0.filters.0.value", [""]),
        ("series.1.event", [""]),
        ("breakdown.0.property", [""]),
        ("rolling", [""]),
    ]
    assert question_of(tree(fields)) == {"kind": "trends", "series": [{"event": "a"}]}


@pytest.mark.parametrize(
    "name", ["series.x.event", "series", "a.b.c.d", "", ".", "series.0", "kind.x", "series.999.event"]
)
def test_any_field_may_be_sent(name):
    question_of(tree([("kind", ["trends"]), (name, ["x"]), ("series.0.event", ["a"])]))


@pytest.mark.parametrize("kind", FIRST)
def test_each_kind_has_a_first_question(kind):
    assert compact.kept(FIRST[kind])["kind"] == kind


@pytest.mark.parametrize("bad", [{"kind": "sql", "sql": "a\u0000"}, {"kind": "trends", "series": [{"event": "a\x00"}]},
                                 {"kind": "trends", "series": [{"event": "\ud800"}]}, {"kind": "x"}, 1])  # fmt: skip
def test_a_row_keeps_only_what_it_can_hold(bad):
    with pytest.raises(BadRequest):
        compact.kept(bad)


@pytest.mark.parametrize(
    "view", [{"chart": "sankey"}, {"format": "x"}, {"format": "currency:euro"}, {"more": 1}, [], {"range": "x"}]
)
def test_a_view_that_does_not_fit_is_refused(view):
    with pytest.raises(BadRequest) as refused:
        parse_view(view, "trends")
    assert refused.value.details["path"].startswith("$.view")
