from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from dashboards.state import PageState, with_new_filter


def test_it_reads_a_range_a_zone_and_the_comparison():
    state = PageState.read({"range": "2026-10-01..2026-10-31", "tz": "Asia/Tokyo", "compare": "0"}, "UTC")
    assert (state.range, state.timezone, state.compare, state.problem) == (
        "2026-10-01..2026-10-31", "Asia/Tokyo", "", "")  # fmt: skip


def test_it_compares_with_the_period_before_unless_the_address_says_otherwise():
    states = [PageState.read({"compare": value} if value else {}, "UTC") for value in ("", "1", "previous_year", "0")]
    assert [state.compare for state in states] == ["previous_period", "previous_period", "previous_year", ""]
    assert [state.query() for state in states] == ["?", "?", "?compare=previous_year", "?compare=0"]
    wrong = PageState.read({"compare": "<b>", "range": "30d"}, "UTC")
    assert (wrong.compare, wrong.range, "previous_year" in wrong.problem) == ("previous_period", "30d", True)


def test_it_takes_two_dates_as_a_form_sends_them():
    assert PageState.read({"from": "2026-10-01", "to": "2026-10-02"}, "UTC").dates == ("2026-10-01", "2026-10-02")
    assert "2026-10-01.." in PageState.read({"from": "2026-10-01", "to": ""}, "UTC").problem


def test_a_zone_alone_is_chosen_without_dates_and_keeps_the_preset():
    assert PageState.read({"range": "30d"}, "UTC").parts_without_dates == [("range", "30d")]
    state = PageState.read({"from": "", "to": "", "tz": "Asia/Tokyo", "range": "30d"}, "UTC")
    assert (state.range, state.timezone, state.problem) == ("30d", "Asia/Tokyo", "")


@pytest.mark.parametrize(
    "wrong", ["yesterday", "2026-13-01..2026-13-02", "2026-10-02..2026-10-01", "1900-01-01..2026-01-01"]
)
def test_it_reports_a_bad_range_and_keeps_the_rest(wrong):
    state = PageState.read({"range": wrong, "tz": "Asia/Tokyo"}, "UTC")
    assert state.problem
    assert (state.range, state.timezone) == ("7d", "Asia/Tokyo")


def test_it_reports_a_bad_zone_and_keeps_the_range():
    state = PageState.read({"range": "30d", "tz": "../../etc/passwd"}, "Europe/Berlin")
    assert state.problem
    assert (state.range, state.timezone) == ("30d", "Europe/Berlin")


def test_its_query_leads_back_to_it():
    state = PageState.read({"range": "90d", "tz": "Asia/Tokyo", "compare": "0"}, "UTC")
    assert state.query() == "?range=90d&tz=Asia%2FTokyo&compare=0"


def test_it_leaves_what_is_default_out_of_its_query():
    assert PageState.read({}, "UTC").query() == "?"


def test_its_links_keep_what_else_the_page_is_about():
    state = replace(PageState.read({}, "UTC"), kept=(("q", '{"kind":"flows"}'), ("chart", "")))
    assert state.query(range="30d") == "?q=%7B%22kind%22%3A%22flows%22%7D&range=30d"


def test_its_filters_are_questions_filters_and_a_bad_one_is_told_and_left_out():
    query = QueryDict("f=$browser~is~Chrome&f=$nonsense~is~x&f=plan~gte~3&range=30d")
    state = PageState.read(query, "UTC")
    assert [(each.property, each.op, each.value) for each in state.question_filters] == [
        ("$browser", "is", "Chrome"),
        ("plan", "gte", 3.0),
    ]
    assert "$nonsense" in state.problem
    assert state.query() == "?f=%24browser~is~Chrome&f=plan~gte~3&range=30d"


def test_a_filter_can_be_taken_away():
    state = PageState.read(QueryDict("f=a~is~1&f=b~is_set"), "UTC")
    assert [query for _, query in state.chips] == ["?f=b~is_set", "?f=a~is~1"]


def test_a_new_filter_becomes_part_of_the_address():
    query = QueryDict("f=a~is~1&range=30d&cursor=x&fp=plan&fo=contains&fv=pro%26")
    assert with_new_filter(query) == "f=a~is~1&f=plan~contains~pro%26&range=30d"


def test_a_filter_of_several_values_is_a_list_in_the_address():
    query = with_new_filter(QueryDict("fp=plan&fo=in&fv=free&fv=&fv=a%22~b"))
    state = PageState.read(QueryDict(query), "UTC")
    assert state.question_filters[0].value == ["free", 'a"~b']
    assert [label for label, _ in state.chips] == ['plan is one of free, a"~b']
    assert state.query() == f"?{query}"


@pytest.mark.parametrize("value", ["free", "[", "{}", "[]", "[{}]", "[" * 9999])
def test_what_is_no_list_is_left_out_of_the_filters(value):
    state = PageState.read(QueryDict(urlencode({"f": f"plan~in~{value}"})), "UTC")
    assert not state.filters and state.problem


def test_ones_own_zone_stands_in_links_so_that_they_mean_one_thing():
    state = PageState.read({}, "UTC", "Asia/Tokyo")
    assert (state.timezone, state.query()) == ("Asia/Tokyo", "?tz=Asia%2FTokyo")
    assert PageState.read({"tz": "UTC"}, "UTC", "Asia/Tokyo").timezone == "UTC"


def test_other_pages_take_the_range_the_comparison_and_the_filters_over_and_nothing_else():
    state = PageState.read(QueryDict("range=30d&compare=previous_year&f=$browser~is~Chrome"), "UTC")
    state = replace(state, usual="30d", kept=(("q", "{}"),))
    assert state.carried == "?f=%24browser~is~Chrome&range=30d&compare=previous_year"
    assert replace(state, range="", filters=(), compare="previous_period").carried == ""
