"""Trends against the oracle, on adversarial rows: equal times, midnights, clock changes, odd numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import actors, trends
from obc_analytics.errors import BadRequest
from tests.oracle import trends as oracle
from tests.query_data import asking_of, question_of, relation_of

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
# around clock changes in Berlin, New York and on Lord Howe, at a month's and a week's end
ANCHORS = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC),
           datetime(2026, 4, 4, 15, tzinfo=UTC)]  # fmt: skip

rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "bob", "cid", "dee"]),
            "name": st.sampled_from(["view", "buy", "$odd"]),
            "ts": st.builds(
                lambda anchor, minutes, odd: anchor + timedelta(minutes=30 * minutes, microseconds=odd),
                st.sampled_from(ANCHORS),
                st.integers(-48 * 5, 48 * 5),
                st.sampled_from([0, 0, 1, -1]),
            ),
            "properties": st.fixed_dictionaries(
                {},
                optional={
                    "amount": st.sampled_from([1, 2.5, "7", "x", None, True, [1], -3, "1e400", "nan"]),
                    "plan": st.sampled_from(["free", "pro", ""]),
                },
            ),
            "session": st.sampled_from([None, None, "s1", "s2"]),
        }
    ),
    max_size=40,
)


def ask(rows, **fields):
    for number, row in enumerate(rows):
        row["seq"] = number
    question = question_of(kind="trends", **fields)
    with relation_of(rows) as relation:
        return trends.answer(asking_of(relation, question, NOW), question)


def close(found, wanted):
    return len(found) == len(wanted) and all(
        (a is None and b is None) or (a is not None and b is not None and abs(a - b) < 1e-9 * max(1, abs(b)))
        for a, b in zip(found, wanted, strict=True)
    )


@settings(max_examples=100, deadline=None)
@given(
    rows=rows_of,
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from(["day", "week", "month"]),
    measure=st.sampled_from(
        ["total", "uniques", "wau", "mau", "sessions", "per_user", "sum", "avg", "min", "max", "p50", "p90"]
    ),
    anchor=st.sampled_from(ANCHORS),
    length=st.integers(0, 12),
)
def test_every_measure_agrees_with_the_oracle(rows, zone, interval, measure, anchor, length):
    first = anchor.date() - timedelta(days=4)
    last = first + timedelta(days=length)
    for number, row in enumerate(rows):
        row["seq"] = number
    of_property = measure in {"sum", "avg", "min", "max", "p50", "p90"}
    series = {"event": "view", "measure": measure, **({"property": "amount"} if of_property else {})}
    found = ask(
        rows,
        series=[series],
        interval=interval,
        range={"from": first.isoformat(), "to": last.isoformat(), "timezone": zone},
    )
    local = ZoneInfo(zone)
    inside = [row for row in rows if first <= oracle.local_day(row, local) <= last]
    oracle.mark_sessions(inside)
    labels, values, total = oracle.trend(
        rows, "view", measure, interval, first, last, local, "amount" if of_property else None
    ) if measure != "sessions" else oracle.trend(inside, "view", measure, interval, first, last, local)  # fmt: skip
    assert found["buckets"] == labels
    assert close(found["series"][0]["values"], values)
    assert close([found["series"][0]["total"]], [total])


@settings(max_examples=60, deadline=None)
@given(rows=rows_of, measure=st.sampled_from(["total", "uniques", "sum", "wau"]))
def test_a_breakdown_agrees_with_the_oracle_value_by_value(rows, measure):
    first, last = date(2026, 10, 22), date(2026, 10, 30)
    series = {"event": "*", "measure": measure, **({"property": "amount"} if measure == "sum" else {})}
    found = ask(
        rows,
        series=[series],
        breakdown=[{"property": "plan"}],
        range={"from": first.isoformat(), "to": last.isoformat(), "timezone": "Europe/Berlin"},
    )
    zone = ZoneInfo("Europe/Berlin")
    values = {row["properties"].get("plan", "$none") for row in rows if first <= oracle.local_day(row, zone) <= last}
    assert {line["breakdown"][0] for line in found["series"]} == values
    for line in found["series"]:
        chosen = [row for row in rows if row["properties"].get("plan", "$none") == line["breakdown"][0]]
        _, wanted, total = oracle.trend(chosen, "*", measure, "day", first, last, zone, "amount")
        assert close(line["values"], wanted)
        assert close([line["total"]], [total])


def view(day, who="ann", name="view", hour=12, **properties):
    return {"who": who, "name": name, "ts": datetime(2026, 11, day, hour, tzinfo=UTC), "properties": properties}


RANGE = {"from": "2026-11-10", "to": "2026-11-12", "timezone": "UTC"}


def test_values_beyond_the_top_are_other_and_an_actor_counts_once_there():
    rows = [view(10, plan=f"p{n:02}") for n in range(30) for _ in range(30 - n)]
    found = ask(rows, series=[{"measure": "uniques"}], breakdown=[{"property": "plan"}], range=RANGE)
    assert len(found["series"]) == 26
    assert found["series"][-1]["breakdown"] == ["$other"]
    assert found["series"][-1]["total"] == 1


def test_a_bucket_without_events_is_zero_for_counts_and_null_for_averages():
    rows = [view(10, amount=4)]
    found = ask(
        rows,
        series=[{"measure": "total"}, {"measure": "avg", "property": "amount"}, {"measure": "per_user"}],
        range=RANGE,
    )
    assert [line["values"] for line in found["series"]] == [[1, 0, 0], [4, None, None], [1, None, None]]


def test_what_is_no_number_is_ignored_and_counted():
    rows = [view(10, amount=4), view(10, amount="x"), view(10), view(10, amount="5")]
    line = ask(rows, series=[{"measure": "sum", "property": "amount"}], range=RANGE)["series"][0]
    assert (line["total"], line["ignored"]) == (9, 1)


def test_rolling_reads_before_the_range_and_cumulative_adds_what_is_drawn():
    rows = [view(day) for day in (8, 9, 9, 10, 12)]
    rolling = ask(rows, rolling=3, range=RANGE)["series"][0]
    assert close(rolling["values"], [4 / 3, 1, 2 / 3])
    assert rolling["total"] == 2
    assert ask(rows, cumulative=True, range=RANGE)["series"][0]["values"] == [1, 1, 2]


def test_previous_period_is_as_many_buckets_right_before():
    rows = [view(day) for day in (7, 8, 8, 9, 10, 11)]
    line = ask(rows, compare="previous_period", range=RANGE)["series"][0]
    assert (line["values"], line["compare"], line["compare_total"]) == ([1, 1, 0], [1, 2, 1], 4)


def test_previous_year_is_the_same_dates():
    rows = [view(10), {**view(11), "ts": datetime(2025, 11, 11, 9, tzinfo=UTC)}]
    line = ask(rows, compare="previous_year", range=RANGE)["series"][0]
    assert (line["values"], line["compare"]) == ([1, 0, 0], [0, 1, 0])


def test_a_formula_combines_series_and_division_by_zero_is_null():
    rows = [view(10), view(10), view(10, name="error"), view(11, name="error")]
    line = ask(
        rows,
        series=[{"event": "view"}, {"event": "error"}],
        formula="B / A * 100",
        range=RANGE,
    )["series"][0]
    assert (line["values"], line["total"]) == ([50, None, None], 100)


@pytest.mark.parametrize("text", ["A +", "C", "A B", "(A", "A)", "A ** 2", "__import__", "", "1e5x", "(" * 99 + "A"])
def test_a_formula_that_is_none_is_a_bad_request(text):
    with pytest.raises(BadRequest):
        ask([], series=[{"event": "a"}, {"event": "b"}], formula=text, range=RANGE)


def test_several_events_count_as_one():
    rows = [view(10), view(10, name="buy"), view(10, name="other")]
    assert ask(rows, series=[{"event": ["view", "buy"]}], range=RANGE)["series"][0]["values"] == [2, 0, 0]


def test_a_bucket_that_is_not_over_is_incomplete():
    found = ask([], range={"from": "2026-11-30", "to": "2026-12-02", "timezone": "UTC"})
    assert found["incomplete"] == [False, True, True]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_of_clock_change_has_its_hours(day, hours):
    found = ask([], interval="hour", range={"from": day, "to": day, "timezone": "Europe/Berlin"})
    assert len(found["buckets"]) == len(set(found["buckets"])) == hours


HOSTILE = ["'", '"; DROP TABLE x; --', "$x", "/y", "*", "~", "~1", "", "a.b", "\\", "🙂", "$1", "%", "{}", "$p0"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_are_bound_never_executed(name):
    rows = [{"who": name, "name": name or "e", "ts": datetime(2026, 11, 10, 1, tzinfo=UTC), "properties": {name: name}}]
    if name.startswith("$") or not name:
        name = "/" + name
        rows[0]["properties"] = {name: name}
    found = ask(
        rows,
        series=[{"event": rows[0]["name"]}],
        filters=[{"property": name, "op": "is", "value": name}],
        breakdown=[{"property": name}],
        range=RANGE,
    )
    assert [(line["breakdown"], line["total"]) for line in found["series"]] == [([name], 1)]


def by_plan(counts, name="view", day=10):
    """Rows of plans p00, p01, …, so many of each."""
    return [view(day, f"u{n}", name, plan=f"p{n:02}") for n, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize("measures", [("total", "total"), ("uniques", "total"), ("wau", "wau"), ("total", "sum")])
def test_a_formula_divides_the_same_value_by_itself_though_each_series_has_other_largest_values(measures):
    rows = by_plan(range(30, 0, -1)) + by_plan(range(1, 31), "error")
    rows = [{**row, "properties": {**row["properties"], "one": 1}} for row in rows]
    series = [{"event": "view", "measure": measures[0]}, {"event": "error", "measure": measures[1], "property": "one"}]
    found = ask(rows, series=series, formula="B / A", breakdown=[{"property": "plan"}], range=RANGE)["series"]
    per = {"total": lambda n: n, "sum": lambda n: n}
    views, errors = (per.get(measure, lambda n: 1) for measure in measures)
    lines = {line["breakdown"][0]: line["total"] for line in found}
    assert len(lines) == 26
    for name in lines.keys() - {"$other"}:
        number = int(name[1:])
        assert lines[name] == pytest.approx(errors(number + 1) / views(30 - number))
    rest = [number for number in range(30) if f"p{number:02}" not in lines]
    both = [sum(per[m](n) for n in counts) if m in per else len(rest)
            for m, counts in zip(measures, ([30 - n for n in rest], [n + 1 for n in rest]), strict=True)]  # fmt: skip
    assert lines["$other"] == pytest.approx(both[1] / both[0])


@pytest.mark.parametrize("measures", [("total", "total"), ("wau", "mau")])
def test_the_people_of_a_formulas_value_are_those_that_it_counted(measures):
    rows = by_plan(range(30, 0, -1)) + by_plan(range(1, 31), "error")
    series = [{"event": event, "measure": measure} for event, measure in zip(("view", "error"), measures, strict=True)]
    question = {"kind": "trends", "series": series, "formula": "B / A",
                "breakdown": [{"property": "plan"}], "range": RANGE}  # fmt: skip
    for number, row in enumerate(rows):
        row["seq"] = number
    for value, wanted in (("p00", 1), ("$other", 5)):
        asked = question_of(kind="actors", of=question, at={"series": 1, "breakdown": [value]})
        with relation_of(rows) as relation:
            assert actors.answer(asking_of(relation, asked, NOW), asked)["total"] == wanted


@pytest.mark.parametrize("measure", ["total", "uniques", "mau", "avg"])
def test_a_value_is_compared_with_itself_though_it_was_not_among_the_largest_before(measure):
    rows = by_plan(range(30, 0, -1)) + by_plan(range(1, 30), day=8)
    rows = [{**row, "properties": {**row["properties"], "n": 5}} for row in rows]
    found = ask(rows, series=[{"measure": measure, "property": "n"}], breakdown=[{"property": "plan"}],
                compare="previous_period", range=RANGE)["series"]  # fmt: skip
    named = {line["breakdown"][0]: line["compare_total"] for line in found}
    wanted = {"total": lambda n: n + 1, "avg": lambda n: 5}.get(measure, lambda n: 1)
    before = {f"p{n:02}": wanted(n) for n in range(29)}
    assert len(named) == 26
    assert {name: before[name] for name in named.keys() & before.keys()} == {
        name: named[name] for name in named.keys() & before.keys()
    }


def test_a_value_that_was_not_there_before_is_zero_for_counts_and_null_for_averages():
    for measure, nothing in (("total", 0), ("avg", None)):
        line = ask([view(10, plan="new", n=1)], series=[{"measure": measure, "property": "n"}], range=RANGE,
                   breakdown=[{"property": "plan"}], compare="previous_period")["series"][0]  # fmt: skip
        assert (line["compare"], line["compare_total"]) == ([nothing] * 3, nothing)


@pytest.mark.parametrize("compare", ["previous_year", "previous_period"])
@pytest.mark.parametrize(
    ("interval", "first", "last", "zone"),
    [
        ("week", "2026-06-01", "2026-06-14", "UTC"),  # two weeks; a year before the dates touch three
        ("day", "2024-02-28", "2024-03-01", "UTC"),
        ("day", "2025-02-27", "2025-03-02", "UTC"),
        ("hour", "2024-02-28", "2024-03-01", "UTC"),
        ("hour", "2026-03-29", "2026-03-29", "Europe/Berlin"),  # 23 hours; 24 a year before
        ("hour", "2025-10-26", "2025-10-26", "Europe/Berlin"),
        ("hour", "2026-04-05", "2026-04-05", "Australia/Lord_Howe"),
        ("month", "2024-01-31", "2024-02-29", "America/Sao_Paulo"),
    ],
)
def test_every_bucket_has_one_to_compare_with(compare, interval, first, last, zone):
    range_ = {"from": first, "to": last, "timezone": zone}
    found = ask([], interval=interval, compare=compare, rolling=2, range=range_)
    assert len(found["series"][0]["compare"]) == len(found["buckets"]) == len(found["series"][0]["values"])


def test_a_year_before_weeks_are_the_same_dates_and_29_february_has_none():
    def at(*when):
        return {**view(1), "ts": datetime(*when, 12, tzinfo=UTC)}

    weeks = {"from": "2026-06-01", "to": "2026-06-14", "timezone": "UTC"}
    rows = [at(2025, 5, 31), at(2025, 6, 1), at(2025, 6, 7), at(2025, 6, 8), at(2025, 6, 14), at(2025, 6, 15)]
    line = ask(rows, interval="week", compare="previous_year", range=weeks)["series"][0]
    assert (line["compare"], line["compare_total"]) == ([2, 2], 4)
    leap = {"from": "2024-02-28", "to": "2024-03-01", "timezone": "UTC"}
    line = ask([at(2023, 2, 28), at(2023, 3, 1)], compare="previous_year", range=leap)["series"][0]
    assert line["compare"] == [1, 0, 1]
    february = {"from": "2025-02-27", "to": "2025-02-28", "timezone": "UTC"}
    line = ask([at(2024, 2, 28), at(2024, 2, 29)], compare="previous_year", range=february)["series"][0]
    assert line["compare"] == [0, 1]


def test_a_range_of_instants_is_compared_with_one_of_the_same_length():
    range_ = {"from": "2026-11-10T12:00:00Z", "to": "2026-11-11T12:00:00Z", "timezone": "UTC"}
    rows = [view(8, hour=11), view(8, hour=13), view(9, hour=11), view(9, hour=13)]
    line = ask(rows, compare="previous_period", range=range_)["series"][0]
    assert (line["compare"], line["compare_total"]) == ([1, 1], 2)


@pytest.mark.parametrize("measure", ["total", "uniques", "wau", "avg"])
@pytest.mark.parametrize("compare", [None, "previous_period", "previous_year"])
def test_a_rolling_mean_over_weeks_that_the_range_cuts_counts_nothing_before_the_range(measure, compare):
    rows = [view(day, f"u{day}", n=day) for day in range(1, 20)]  # 11 November is a Wednesday
    range_ = {"from": "2026-11-11", "to": "2026-11-18", "timezone": "UTC"}
    fields = {"interval": "week", "series": [{"measure": measure, "property": "n"}], "range": range_}
    plain, rolling = (ask(rows, compare=compare, **fields, **more)["series"][0] for more in ({}, {"rolling": 2}))
    for name in ("", "compare_") if compare == "previous_period" else ("",):
        assert rolling[f"{name}total"] == plain[f"{name}total"]
    week_before = {"total": 7, "uniques": 7, "wau": 7, "avg": 5}[measure]
    first, second = plain["values"]
    assert rolling["values"] == [(first + week_before) / 2, (first + second) / 2]
