from __future__ import annotations

from dashboards.charts import Chart, Series, bucket_label, sparkline
from dashboards.overview import Kpi, readable


def chart(**fields):
    values = {"buckets": ["2026-10-01", "2026-10-02"], "series": [Series("Events", [3, 12_000])], **fields}
    return Chart(id="c", title="Events", **values)


def test_its_table_has_the_numbers_of_the_chart():
    assert chart(incomplete=[False, True]).rows == [("1 Oct", False, [3]), ("2 Oct", True, [12_000])]


def test_it_describes_itself_in_words_for_who_cannot_see_it():
    assert chart().description == (
        "Events, by day, 1 Oct to 2 Oct. Events: from 3 to 12,000 (most: 2 Oct), last 12,000."
    )


def test_it_is_empty_when_all_is_zero_or_unknown():
    assert chart(series=[Series("Events", [0, None])]).is_empty
    assert not chart().is_empty


def test_it_labels_hours_by_their_local_clock():
    assert bucket_label("2026-10-25T02:00+01:00", "hour") == "25 Oct 02:00"


def test_it_leaves_a_label_that_is_no_date_as_it_is():
    assert bucket_label("Other", "day") == "Other"


def test_a_sparkline_ends_dashed_while_its_last_bucket_is_open():
    drawn = sparkline([1, 2, 4], last_is_partial=True)
    assert drawn.line == "0.00,23.25 50.00,16.50"
    assert drawn.open == "50.00,16.50 100.00,3.00"


def test_there_is_no_sparkline_of_nothing():
    assert sparkline([]) is None
    assert sparkline([5]) is None
    assert sparkline([0, 0, 0]) is None


def test_a_rising_bounce_rate_is_bad_news():
    kpi = Kpi("Bounce rate", 0.5, 0.4, 0.25, "share", rise_is_good=False)
    assert (kpi.direction, kpi.tone, kpi.change_text, kpi.text) == ("up", "bad", "25.0%", "50.0%")


def test_a_figure_without_a_past_shows_no_change():
    assert Kpi("Users", 5, None, None).direction == ""
    assert Kpi("Users", 0, 0, None).direction == ""
    assert Kpi("Users", 5, 0, None).change_text == "new"


def test_it_writes_seconds_as_people_do():
    assert [readable(value, "seconds") for value in (None, 9.4, 94.6, 7_260)] == ["–", "9s", "1m 35s", "2h 1m"]
