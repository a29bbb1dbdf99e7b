"""Linked ids: every question answers as if each event had come under its actor's one name."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import flows, funnels, lifecycle, retention, stickiness, trends
from events.query.asking import Asking
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SINCE = datetime(2026, 11, 9, tzinfo=UTC)
RANGE = {"from": "2026-11-10", "to": "2026-11-20", "timezone": "UTC"}
IDS = ["phone", "laptop", "ann", "bob", "nobody"]
ABC = [{"event": name} for name in "abc"]
ODD = {"event": "a", "filters": [{"property": "p", "op": "is", "value": 1}]}
BY_P = [{"property": "p"}]

ANSWERS = {
    "trends": trends.answer, "funnel": funnels.answer, "retention": retention.answer, "flows": flows.answer,
    "lifecycle": lifecycle.answer, "stickiness": stickiness.answer,
}  # fmt: skip
QUESTIONS = [
    {"kind": "trends", "series": [{"event": "a", "measure": "uniques"}], "rolling": 2},
    {"kind": "trends", "series": [{"measure": "uniques"}, {"measure": "per_user"}], "breakdown": BY_P},
    {"kind": "trends", "series": [{"measure": "sessions"}, {"measure": "total"}], "interval": "week"},
    {"kind": "trends", "series": [{"measure": "sum", "property": "p"}]},
    {"kind": "funnel", "steps": ABC, "window": {"n": 1, "unit": "day"}},
    {"kind": "funnel", "steps": ABC[:2], "breakdown": BY_P, "hold": ["p"]},
    {"kind": "funnel", "steps": ABC[:2], "counting": "sessions"},
    {"kind": "retention", "unit": "day", "start": {"event": "a"}},
    {"kind": "retention", "unit": "day", "criterion": "on_or_after", "birth": "recurring"},
    {"kind": "retention", "unit": "day", "birth": "recurring", "return": {"event": "b"}, "breakdown": BY_P},
    {"kind": "flows", "anchor": {"event": "a"}, "depth": 2},
    {"kind": "flows", "anchor": ODD, "depth": 2, "direction": "before"},
    {"kind": "lifecycle", "interval": "day"},
    {"kind": "stickiness"},
]
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(IDS),
            "name": st.sampled_from("aabbc"),
            "ts": st.builds(lambda minutes: SINCE + timedelta(minutes=20 * minutes), st.integers(0, 72 * 8)),
            "properties": st.fixed_dictionaries({}, optional={"p": st.sampled_from([1, 2])}),
            "session": st.sampled_from([None, "s1", "s2"]),
        }
    ),
    max_size=24,
)
link = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["device", "device", "alias", "merge"]),
        "source": st.sampled_from(IDS[:3]),
        "target": st.sampled_from(IDS[2:4]),
        "ts": st.just(SINCE),
        "event_id": st.uuids().map(str),
    }
).filter(lambda each: each["source"] != each["target"])


def answer(rows, asked, links=()):
    for number, row in enumerate(rows):
        row["seq"] = number
    question = question_of(range=RANGE, **asked)
    with relation_of(rows, links) as relation:
        return ANSWERS[asked["kind"]](asking_of(relation, question, NOW), question)


def names_of(links):
    with relation_of([], links) as relation:
        return dict(relation.connection.execute("SELECT id, canonical FROM actors").fetchall())


@settings(max_examples=100 * MORE, deadline=None)
@given(rows=rows_of, links=st.lists(link, min_size=1, max_size=4), asked=st.sampled_from(QUESTIONS))
def test_linked_ids_count_as_one_actor(rows, links, asked):
    found = answer(rows, asked, links)
    names = names_of(links)
    assert found == answer([{**row, "who": names.get(row["who"], row["who"])} for row in rows], asked)


@settings(max_examples=30 * MORE, deadline=None)
@given(rows=rows_of, links=st.lists(link, min_size=1, max_size=4), since=st.integers(0, 3))
def test_ids_looked_up_after_grouping_are_those_looked_up_row_by_row(rows, links, since):
    with relation_of(rows, links) as relation:
        asking: Asking = asking_of(relation, question_of(kind="trends", range=RANGE), NOW)
        bounds = (SINCE + timedelta(days=since), None)
        source, table = asking.by_actor(*bounds)
        early = f"SELECT who, count(*) FROM ({asking.events(*bounds)}) GROUP BY who ORDER BY who"
        late = f"""SELECT coalesce(links.who, own.who) AS who, sum(n)::BIGINT
            FROM (SELECT who, count(*) AS n FROM ({source}) GROUP BY who) AS own
            LEFT JOIN {table} AS links ON links.actor = own.who GROUP BY 1 ORDER BY 1"""
        assert asking.rows(late) == asking.rows(early)
