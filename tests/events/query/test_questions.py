"""Questions that are wrong: each is refused with the path of the wrong part and what is allowed there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.cohorts.types import parse_definition
from events.query import checked, run
from events.query.types import parse_explain, parse_question
from obc_analytics.errors import BadRequest
from tests.query_data import asking_of, question_of, relation_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ODD = {"property": "$odd", "op": "is", "value": "x"}


def refusal(of, parse=parse_question):
    with pytest.raises(BadRequest) as refused:
        checked.check(parse(of))
    return refused.value


@pytest.mark.parametrize(
    ("question", "path", "allowed"),
    [
        ({"kind": "trend"}, "$.kind", {"trends", "funnel", "sql", "actors"}),
        ({}, "$", {"trends", "funnel", "sql", "actors"}),
        ({"kind": "trends", "interval": "year"}, "$.interval", {"hour", "day", "week", "month"}),
        ({"kind": "trends", "filters": [{"property": "a", "op": "eq"}]}, "$.filters[0].op", {"is", "between"}),
        ({"kind": "trends", "series": [{}, {"measure": "median"}]}, "$.series[1].measure", {"p50", "uniques"}),
        ({"kind": "errors", "order": "x"}, "$.order", {"count", "users", "last_seen", "first_seen"}),
        ({"kind": "funnel", "steps": [{}], "order": "x"}, "$.order", {"ordered", "strict", "any"}),
        ({"kind": "funnel", "steps": [{}], "window": {"unit": "month"}}, "$.window.unit", {"minute", "week"}),
        ({"kind": "retention", "return": {"evnt": "x"}}, "$.return", {"event", "filters"}),
        ({"kind": "stickiness", "breakdowns": []}, "$", {"event", "interval", "at_least", "range"}),
        ({"kind": "actors", "of": {"kind": "sql"}}, "$.of.kind", {"trends", "flows"}),
        ({"kind": "actors", "of": {"kind": "trends", "compare": "x"}}, "$.of.compare", {"previous_year"}),
        ({"kind": "actors", "of": {"kind": "flows"}, "at": {"state": "x"}}, "$.at.state", {"new", "dormant"}),
    ],
)
def test_a_word_that_is_not_known_is_told_with_those_that_are(question, path, allowed):
    error = refusal(question)
    assert error.details["path"] == path
    assert allowed <= set(error.details["allowed"])
    assert all(word in error.message for word in allowed)


def test_so_it_is_in_definitions_of_cohorts_and_in_what_is_to_be_explained():
    error = refusal({"type": "all", "conditions": [{"type": "behaviour", "times": "never"}]}, parse_definition)
    assert (error.details["path"], set(error.details["allowed"])) == (
        "$.conditions[0].times",
        {"at_least", "at_most", "exactly"},
    )
    error = refusal({"of": {"kind": "trends"}, "actor": "ann"}, parse_explain)
    assert (error.details["path"], set(error.details["allowed"])) == ("$.of.kind", {"funnel", "retention"})


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"kind": "trends", "breakdown": [{"property": "a"}, {"property": "$odd"}]}, "$.breakdown[1].property"),
        ({"kind": "trends", "series": [{"filters": [ODD]}]}, "$.series[0].filters[0].property"),
        ({"kind": "trends", "series": [{"measure": "sum", "property": "$odd"}]}, "$.series[0].property"),
        ({"kind": "funnel", "steps": [{}], "hold": ["a", "$odd"]}, "$.hold[1]"),
        ({"kind": "funnel", "steps": [{}, {}], "exclusions": [{"event": "x", "filters": [ODD]}]},
         "$.exclusions[0].filters[0].property"),
        ({"kind": "retention", "return": {"filters": [ODD]}}, "$.return.filters[0].property"),
        ({"kind": "actors", "of": {"kind": "lifecycle", "filters": [ODD]}}, "$.of.filters[0].property"),
    ],
)  # fmt: skip
def test_a_built_in_that_there_is_none_of_is_told_with_its_place(question, path):
    error = refusal(question)
    assert error.details["path"] == path
    assert "$event_name" in error.message


@pytest.mark.parametrize("kind", ["errors", "vitals", "forms", "sessions"])
def test_a_kind_without_a_breakdown_refuses_one(kind):
    assert "have" in refusal({"kind": kind, "breakdown": [{"property": "a"}]}).message


def test_a_pattern_that_is_none_is_told_with_its_place():
    step = {"event": "a", "filters": [{"property": "a", "op": "is", "value": "("},
                                      {"property": "a", "op": "regex", "value": "("}]}  # fmt: skip
    assert refusal({"kind": "funnel", "steps": [{}, step]}).details["path"] == "$.steps[1].filters[1].value"


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", "", True, None, [1], "infinity"])
def test_before_and_after_need_a_time(value):
    question = {"kind": "trends", "filters": [{"property": "$time", "op": "before", "value": value}]}
    assert refusal(question).details["path"] == "$.filters[0]"


def total(rows, **fields):
    question = question_of(kind="trends", range={"from": "2026-11-01", "to": "2026-11-30", "timezone": "UTC"}, **fields)
    with relation_of(rows) as relation:
        return run.BUILDERS[type(question)](asking_of(relation, question, NOW), question)["series"][0]["total"]


def test_before_and_after_compare_instants_whatever_offset_they_are_written_with():
    def view(due):
        return {"who": "ann", "name": "view", "ts": datetime(2026, 11, 20, 10, tzinfo=UTC), "properties": {"due": due}}

    def counted(due, op, value, name="due"):
        return total([view(due)], series=[{"filters": [{"property": name, "op": op, "value": value}]}])

    noon = "2026-11-20T12:00:00+02:00"  # 10:00 in UTC
    assert counted(noon, "before", "2026-11-20T10:30:00Z") == 1
    assert counted(noon, "after", "2026-11-20T11:00:00+02:00") == 1
    assert counted("2026-11-20", "before", "2026-11-20T00:00:01Z") == 1
    assert counted("soon", "before", "2026-11-20") == 0
    assert counted("", "before", "2026-11-20T12:30:00+02:00", "$time") == 1
    assert counted("", "after", "2026-11-20T12:30:00+02:00", "$time") == 0
    assert counted("", "after", 1795168799999, "$time") == 1


def test_a_range_may_be_milliseconds_since_1970():
    range_ = parse_question({"kind": "trends", "range": {"from": 1794214800000, "to": 1794301200000}}).range
    assert (range_.from_, range_.to) == ("2026-11-09T09:00:00+00:00", "2026-11-10T09:00:00+00:00")
    of = parse_question({"kind": "actors", "of": {"kind": "lifecycle", "range": {"from": 0, "to": "2026-11-10"}}}).of
    assert (of.range.from_, of.range.to) == ("1970-01-01T00:00:00+00:00", "2026-11-10")


@pytest.mark.parametrize("first", ["0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z", "1970-12-31T00:00:00Z"])
@pytest.mark.parametrize("kind", ["sessions", "lifecycle"])
def test_a_range_at_the_ends_of_the_calendar_is_refused(kind, first):
    question = question_of(kind=kind, range={"from": first, "to": first.replace("0Z", "1Z")})
    with relation_of([]) as relation, pytest.raises(BadRequest) as refused:
        asking_of(relation, question, NOW)
    assert refused.value.details["path"] == "$.range"
