from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.state import PageState


def test_it_reads_a_range_a_zone_and_the_comparison():
    state = PageState.read({"range": "2026-10-01..2026-10-31", "tz": "Asia/Tokyo", "compare": "0"}, "UTC")
    assert (state.range, state.timezone, state.compare, state.problem) == (
        "2026-10-01..2026-10-31", "Asia/Tokyo", False, "")  # fmt: skip


def test_it_takes_two_dates_as_a_form_sends_them():
    assert PageState.read({"from": "2026-10-01", "to": "2026-10-02"}, "UTC").dates == ("2026-10-01", "2026-10-02")


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
