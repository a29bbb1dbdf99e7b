"""Definitions as forms and as sentences: what the form can say comes back as it was."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.cohorts import naming
from dashboards.cohorts.draft import definition_of, draft_of, parsed
from dashboards.cohorts.words import sentence
from dashboards.insights.draft import fields_of, tree
from events.cohorts.types import parse_definition
from events.query.types import Breakdown, Trends

SEARCHED = {"type": "behaviour", "event": "search", "times": "at_least", "n": 3, "last_days": 30}
LOST = {
    "type": "behaviour",
    "event": "*",
    "times": "exactly",
    "n": 0,
    "between": {"from": "2026-10-01", "to": "2026-10-31"},
}
FREE = {"type": "property", "property": "profile:plan", "op": "in", "value": ["free", "5", 5]}
FILTERED = {"type": "behaviour", "event": ["a", "b"], "filters": [{"property": "x", "op": "is_set"}]}
EITHER = {"type": "any", "conditions": [FREE, LOST]}
leaves = st.sampled_from([SEARCHED, LOST, FREE, FILTERED])


def joined(parts):
    return st.builds(
        lambda word, found: {"type": word, "conditions": found},
        st.sampled_from(["all", "any"]),
        st.lists(parts, min_size=2, max_size=3),
    )


negated = st.builds(lambda part: {"type": "not", "condition": part}, leaves)


def through_the_form(definition):
    draft = draft_of(parse_definition(definition))
    return None if draft is None else parsed(tree(fields_of(draft)))


@settings(max_examples=60, deadline=None)
@given(definition=st.one_of(leaves, negated, joined(leaves), joined(st.one_of(leaves, joined(leaves)))))
def test_what_two_levels_say_means_the_same_after_the_form(definition):
    meant, found = parse_definition(definition), through_the_form(definition)
    assert sorted(sentence(found).replace("(", "").replace(")", "").split()) == sorted(
        sentence(meant).replace("(", "").replace(")", "").split()
    )
    assert through_the_form(definition) == parsed(draft_of(found))  # and stays as it is


def test_what_is_nested_deeper_is_no_form():
    deep = {
        "type": "all",
        "conditions": [{"type": "any", "conditions": [SEARCHED, {"type": "not", "condition": FREE}]}],
    }
    assert draft_of(parse_definition(deep)) is None


def test_conditions_that_are_not_filled_in_say_nothing():
    assert (
        definition_of({"groups": [{"conditions": [{"event": [""]}, {"type": ["is"], "property": ["plan"]}]}]}) is None
    )
    assert definition_of({}) is None


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (SEARCHED, "did search at least 3 times in the last 30 days"),
        (LOST, "did not do any event from 2026-10-01 to 2026-10-31"),
        (FREE, "profile plan is one of free, 5, 5"),
        (FILTERED, "did a or b where x is set"),
        ({**SEARCHED, "times": "at_most", "n": 1, "last_days": 1}, "did search at most 1 time or never today"),
        (
            {"type": "all", "conditions": [FILTERED, {"type": "not", "condition": EITHER}]},
            "did a or b where x is set and not (profile plan is one of free, 5, 5 or did not do any event "
            "from 2026-10-01 to 2026-10-31)",
        ),
    ],
    ids=range(6),
)  # fmt: skip
def test_a_definition_is_a_sentence(definition, words):
    assert sentence(parse_definition(definition)) == words


ID, NAMES = str(uuid.UUID(int=3)), {str(uuid.UUID(int=3)): "Power users"}


def test_a_form_says_a_cohorts_name_where_a_question_says_its_id():
    asked = {"breakdown": [{"property": [f"cohort:{ID}"]}], "hold": [f"cohort:{ID}", "plan"]}
    told = {"breakdown": [{"property": ["Cohort: Power users"]}], "hold": ["Cohort: Power users", "plan"]}
    assert naming.shown(asked, NAMES) == told
    assert naming.meant(told, NAMES) == asked
    gone = {"property": ["cohort:gone"]}
    assert naming.shown(gone, NAMES) == gone


@pytest.mark.parametrize(
    ("op", "value", "inside"),
    [("is", ["true"], "true"), ("is", ['"false"'], "false"), ("is_not", ["true"], "false"), ("is", [""], "true"),
     ("contains", ["x"], "true"), ("not_in", ["false"], "true")],
)  # fmt: skip
def test_a_filter_of_a_cohort_is_in_it_or_not(op, value, inside):
    row = naming.shown({"property": [f"cohort:{ID}"], "op": [op], "value": value}, NAMES)
    assert (row["op"], row["value"]) == (["is"], [inside])


def test_values_of_a_breakdown_by_a_cohort_are_called_by_its_name():
    question = Trends(breakdown=(Breakdown("plan"), Breakdown(f"cohort:{ID}")))
    assert naming.labels(question, NAMES) == {1: {"true": "In Power users", "false": "Not in Power users"}}
