from __future__ import annotations

import pytest

from dashboards import charts
from dashboards.charts import Figure, Note, Series, bucket_label, over_time, say, sparkline
from dashboards.charts.model import Axes
from dashboards.charts.over_time import placed
from events.query.types import parse_question

DAYS = ["2026-10-01", "2026-10-02"]


def chart(**fields):
    values = {"buckets": DAYS, "series": [Series("Events", [3, 12_000])], **fields}
    return over_time(id="c", title="Events", **values)


def made(question: dict, answer: dict, view: str = "", **options):
    return charts.of(parse_question(question), answer, id="c", title="Chart", view=view, **options)


def texts(found) -> list[list[str]]:
    """The table as it reads: a row's head, then its cells."""
    return [[row.head, *(cell.text for cell in row.cells)] for row in found.table.rows]


def trend(*lines: dict) -> dict:
    return {"buckets": DAYS, "incomplete": [False, True], "series": list(lines)}


def line(label="page_view · total", series=0, breakdown=(), values=(1, 2), **more) -> dict:
    return {"label": label, "series": series, "breakdown": list(breakdown), "values": list(values), "total": 3, **more}


# --- what all charts share ------------------------------------------------------------------------


def test_its_table_has_the_numbers_of_the_chart():
    found = chart(incomplete=[False, True])
    assert texts(found) == [["1 Oct", "3"], ["2 Oct", "12,000"]]
    assert [row.remark for row in found.table.rows] == ["", "so far"]


def test_it_describes_itself_in_words_for_who_cannot_see_it():
    assert chart().description == (
        "Events, by day, 1 Oct to 2 Oct. Events: from 3 to 12,000 (most: 2 Oct), last 12,000."
    )


def test_it_is_empty_when_all_is_zero_or_unknown():
    assert chart(series=[Series("Events", [0, None])]).is_empty
    assert not chart().is_empty


def test_numbers_without_a_question_open_nothing():
    assert all(cell.picks == "" for row in chart().table.rows for cell in row.cells)


def test_a_note_stands_at_the_bucket_that_holds_its_day():
    found = over_time(
        id="c",
        title="",
        buckets=["2026-10-05", "2026-10-12"],
        series=[Series("a", [1, 2])],
        notes=[Note("2026-10-11", "Release"), Note("2026-09-01", "Long ago")],
        interval="week",
    )
    assert found.notes == [("11 Oct", "Release")]  # its own day, not the week's first
    assert isinstance(found.drawing, Axes)
    assert found.drawing.notes == [(0, "Release", "11 Oct")]


def test_a_day_among_hours_stands_at_its_first_hour():
    hours = ["2026-10-11T23:00+00:00", "2026-10-12T00:00+00:00", "2026-10-12T01:00+00:00"]
    assert placed([Note("2026-10-12", "Release")], hours, "hour") == [(1, "Release", "12 Oct")]


def test_it_labels_hours_by_their_local_clock_and_months_by_name():
    assert bucket_label("2026-10-25T02:00+01:00", "hour") == "25 Oct 02:00"
    assert bucket_label("2026-10-01", "month") == "Oct 2026"


def test_it_leaves_a_label_that_is_no_date_as_it_is():
    assert bucket_label("Other", "day") == "Other"


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [
        (None, "count", "–"),
        (1234, "count", "1,234"),
        (1234.5, "count", "1,234.50"),
        (0.25, "count", "0.25"),
        (0.412, "share", "41.2%"),
        (41.2, "percent", "41.2%"),
        (1234.5, "currency:EUR", "EUR 1,234.50"),
        (9.4, "seconds", "9.4s"),
        (94.6, "seconds", "1m 35s"),
        (7_260, "seconds", "2h 1m"),
        (200_000, "seconds", "2d 7h"),
        (159.4, "milliseconds", "159 ms"),
        (2_915.0, "milliseconds", "2.92 s"),
    ],
)
def test_it_writes_numbers_as_people_do(value, format_, text):
    assert say(value, format_) == text


# --- kinds ----------------------------------------------------------------------------------------


def test_each_kind_has_a_view_that_is_the_default():
    assert charts.views_of(parse_question({"kind": "retention"}))[0] == ("heat", "Heat-map")
    assert made({"kind": "trends"}, trend(line()), "no such view").drawing is not None


def test_a_trends_number_opens_the_people_of_its_bucket_line_and_value():
    question = {"kind": "trends", "series": [{"event": "a"}, {"event": "b"}], "breakdown": [{"property": "$browser"}]}
    found = made(question, trend(line(series=1, breakdown=["Chrome"])))
    assert found.table.rows[0].cells[0].at == {"series": 1, "breakdown": ["Chrome"], "bucket": "2026-10-01"}
    assert found.payload["points"][1] == {"bucket": "2026-10-02"}
    assert found.question["kind"] == "trends"


def test_the_numbers_of_a_formula_open_nothing():
    found = made({"kind": "trends", "formula": "A*2"}, trend(line("A*2")))
    assert found.question is None


def test_a_breakdowns_rest_is_grey_and_what_is_not_set_says_so():
    question = {"kind": "trends", "breakdown": [{"property": "$browser"}]}
    found = made(question, trend(line(breakdown=["$none"]), line(breakdown=["$other"])))
    assert [(each["label"], each["colour"]) for each in found.legend] == [("not set", 1), ("Other", 0)]


def test_beyond_eight_series_the_rest_waits_in_the_legend_and_the_table_turns():
    question = {"kind": "trends", "breakdown": [{"property": "x"}]}
    found = made(question, trend(*[line(breakdown=[str(number)]) for number in range(9)]))
    assert [each["shown"] for each in found.legend] == [True] * 8 + [False]
    assert texts(found)[0] == ["0", "3", "1", "2"]


def test_a_trend_as_a_number_shows_its_change():
    found = made({"kind": "trends"}, trend(line(compare=[1, 1], compare_total=2)), "number")
    assert (found.figures[0].text, found.figures[0].change_text, found.drawing) == ("3", "50.0%", None)


def test_a_number_opens_the_people_of_the_whole_range_unless_it_is_a_formula():
    assert made({"kind": "trends"}, trend(line()), "number").figures[0].picks == "{}"
    formula = {"kind": "trends", "formula": "A*2"}
    assert made(formula, trend(line()), "number").figures[0].picks == ""


def test_lines_are_called_by_their_events_where_they_measure_the_same():
    lines = trend(line("a · total"), line("b · total", 1), line("a · total", 2))
    series = [{"event": "a"}, {"event": "b"}, {"event": "a", "filters": [{"property": "x", "op": "is_set"}]}]
    names = [each.label for each in made({"kind": "trends", "series": series}, lines).drawing.series]
    assert names == ["A: a", "b", "C: a"]
    series[1]["measure"] = "uniques"
    names = [each.label for each in made({"kind": "trends", "series": series}, lines).drawing.series]
    assert names == ["a · total", "b · uniques", "a · total"]
    alone = made({"kind": "trends", "series": [{"measure": "uniques"}]}, trend(line("* · uniques")))
    assert alone.drawing.series[0].label == "Any event · uniques"


def step(event: str, count: int, share: float, **more) -> dict:
    times = {"median_seconds": None, "p90_seconds": None, **more}
    return {"event": event, "count": count, "from_start": share, "from_previous": share, **times}


FUNNEL = {"kind": "funnel", "steps": [{"event": "view"}, {"event": ["buy", "order"]}]}
STEPS = [step("view", 200, 1.0), step(["buy", "order"], 50, 0.25, median_seconds=90.0, p90_seconds=4000.0)]


def test_a_funnel_shows_what_came_through_and_what_was_lost():
    found = made(FUNNEL, {"steps": STEPS})
    assert texts(found)[1] == ["2. buy or order", "50", "25.0%", "25.0%", "150", "1m 30s", "1h 6m"]
    assert [each["values"] for each in found.payload["series"]] == [[200, 50], [None, 150]]
    assert found.payload["series"][0]["said"] == ["200 · 100% of all", "50 · 25.0% of all"]
    lost = found.table.rows[1].cells[3]
    assert lost.at == {"step": 2, "converted": False}


def test_a_funnel_by_value_compares_shares():
    found = made(FUNNEL, {"steps": STEPS, "breakdowns": [{"value": ["Chrome"], "steps": STEPS}]})
    assert found.payload["format"] == "share"
    assert found.payload["series"][0]["values"] == [1.0, 0.25]
    assert found.payload["series"][0]["said"] == ["100.0% · 200", "25.0% · 50"]
    assert texts(found)[3][:2] == ["Chrome: 2. buy or order", "50"]
    assert found.table.rows[3].cells[0].at == {"breakdown": ["Chrome"], "step": 2}


RETENTION = {
    "cohorts": [
        {"start": "2026-10-05", "size": 100, "counts": [100, 40, 10], "complete": [True, True, False]},
        {"start": "2026-10-12", "size": 50, "counts": [50, 5, 0], "complete": [True, False, False]},
    ],
    "average": [1.0, 0.4, None],
}


def test_a_retentions_heat_grows_with_the_share_and_what_has_not_begun_is_blank():
    found = made({"kind": "retention", "periods": 3}, RETENTION)
    assert texts(found)[1:] == [["5 Oct", "100", "100.0%", "40.0%", "10.0%"], ["12 Oct", "50", "100.0%", "10.0%", ""]]
    heats = [cell.heat for cell in found.table.rows[1].cells]
    assert heats == [None, 0, 7, 2]
    assert [cell.open for cell in found.table.rows[1].cells] == [False, False, False, True]
    assert found.table.rows[1].cells[2].at == {"cell": ["2026-10-05", 1]}


def test_retention_curves_leave_out_what_is_not_over():
    found = made({"kind": "retention", "periods": 3}, RETENTION, "curve")
    assert [(each["label"], each["values"]) for each in found.payload["series"]] == [
        ("Average", [1.0, 0.4, None]),
        ("12 Oct", [1.0, None, None]),
        ("5 Oct", [1.0, 0.4, None]),
    ]
    assert found.payload["series"][2]["said"] == ["100.0% · 100 of 100", "40.0% · 40 of 100", ""]


def test_flows_that_came_before_stand_to_the_left():
    answer = {
        "nodes": [
            {"id": "0:buy", "step": 0, "event": "buy", "count": 4},
            {"id": "-1:$end", "step": -1, "event": "$end", "count": 4},
        ],
        "links": [{"source": "-1:$end", "target": "0:buy", "count": 4}],
    }
    found = made({"kind": "flows", "anchor": {"event": "buy"}, "direction": "before", "depth": 1}, answer)
    assert [(node["depth"], node["label"], node["colour"]) for node in found.payload["nodes"]] == [
        (1, "buy", 1),
        (0, "End of session", 0),
    ]
    assert texts(found)[1] == ["-1", "End of session", "4", "100.0%", "", "buy 4"]


def test_dormant_hangs_below_zero_and_is_a_plain_number_in_the_table():
    answer = {"buckets": DAYS, "incomplete": [], "new": [1, 2], "returning": [0, 1], "resurrecting": [0, 0]}
    found = made({"kind": "lifecycle", "interval": "day"}, {**answer, "dormant": [3, 4]})
    assert found.payload["series"][3]["values"] == [-3, -4]
    assert found.payload["series"][3]["said"] == ["3", "4"]
    assert texts(found)[0] == ["1 Oct", "1", "0", "0", "3"]
    assert found.table.rows[0].cells[3].at == {"state": "dormant", "bucket": "2026-10-01"}


def test_stickiness_tells_the_share_of_all():
    answer = {"counts": [{"n": 1, "users": 6}, {"n": 2, "users": 2}], "intervals": 2}
    found = made({"kind": "stickiness"}, answer)
    assert texts(found) == [["1 day", "6", "75.0%"], ["2 days", "2", "25.0%"]]


def test_a_table_of_many_values_ends_and_says_so():
    counts = [{"n": n, "users": 1} for n in range(1, 301)]
    parts = [{"value": [name], "counts": counts} for name in "abcd"]
    found = made({"kind": "stickiness", "breakdown": [{"property": "x"}]}, {"counts": counts, "breakdowns": parts})
    assert (len(found.table.rows), found.remark) == (900, "The table lists 2 of 4 values: it ends at 1,000 rows.")
    assert (found.table.rows[300].head, len(found.payload["series"])) == ("a: 1 day", 4)


def test_an_event_keeps_its_colour_whichever_value_of_a_flow_is_drawn():
    def part(*counts, **more):
        return {"nodes": [{"id": f"0:{name}", "step": 0, "event": name, "count": count} for name, count in counts],
                "links": [], **more}  # fmt: skip

    answer = part(("a", 9), ("b", 3), breakdowns=[part(("b", 2), ("c", 1), value=["x"])])
    question = {"kind": "flows", "anchor": {"event": "*"}, "breakdown": [{"property": "x"}]}
    colours = [
        {node["label"]: node["colour"] for node in made(question, answer, value=value).payload["nodes"]}
        for value in ((), ("x",))
    ]
    assert colours == [{"a": 1, "b": 2}, {"b": 2, "c": 3}]


def test_rows_of_a_statement_become_lines_when_a_column_has_numbers():
    answer = {
        "columns": [{"name": "day", "type": "DATE"}, {"name": "n", "type": "BIGINT"}],
        "rows": [["2026-10-01", 4], ["2026-10-02", None]],
        "truncated": False,
    }
    found = made({"kind": "sql", "sql": "select 1"}, answer, "line")
    assert (found.payload["labels"], found.payload["series"][0]["values"]) == (["1 Oct", "2 Oct"], [4, None])
    assert texts(found) == [["1", "2026-10-01", "4"], ["2", "2026-10-02", "–"]]
    assert made({"kind": "sql", "sql": "select 1"}, answer).drawing is None


# --- figures --------------------------------------------------------------------------------------


def test_a_sparkline_ends_dashed_while_its_last_bucket_is_open():
    drawn = sparkline([1, 2, 4], last_is_partial=True)
    assert drawn.line == "0.00,23.25 50.00,16.50"
    assert drawn.open == "50.00,16.50 100.00,3.00"


def test_there_is_no_sparkline_of_nothing():
    assert sparkline([]) is None
    assert sparkline([5]) is None
    assert sparkline([0, 0, 0]) is None


def test_a_rising_bounce_rate_is_bad_news():
    figure = Figure("Bounce rate", 0.5, 0.4, 0.25, "share", rise_is_good=False)
    assert (figure.direction, figure.tone, figure.change_text, figure.text) == ("up", "bad", "25.0%", "50.0%")


def test_a_figure_without_a_past_shows_no_change():
    assert Figure("Users", 5).direction == ""
    assert Figure("Users", 0, 0).direction == ""
    assert Figure("Users", 5, 0).change_text == "new"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({"kind": "trends"}, "Any event · total"),
        (
            {"kind": "trends", "series": [{"event": name, "measure": "uniques"} for name in "ab"], "formula": "A / B"},
            "A / B of a, b · uniques",
        ),
        ({"kind": "trends", "series": [{"event": "a", "measure": "sum", "property": "price"}]}, "a · sum of price"),
        (
            {"kind": "trends", "series": [{"event": "a", "label": "Sign-ups"}, {"event": ["b", "c"]}]},
            "Sign-ups, b or c · total",
        ),
        ({"kind": "funnel", "steps": [{"event": "a"}, {"event": "b"}]}, "a → b"),
        ({"kind": "retention", "start": {"event": "a"}}, "a → Any event"),
        ({"kind": "flows", "anchor": {"event": "a"}, "direction": "before"}, "before a"),
        ({"kind": "lifecycle"}, "Any event"),
        ({"kind": "stickiness", "event": "a"}, "a"),
        ({"kind": "sql", "sql": "SELECT 1"}, ""),
    ],
)
def test_a_file_is_called_by_what_its_question_counts(question, text):
    assert charts.counted(parse_question(question)) == text
