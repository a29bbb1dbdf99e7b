"""Sessions one by one against the oracle: edges of the range, gaps to the microsecond, shared ids, linked people."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import trends, visits
from obc_analytics.errors import NotFound
from tests.oracle import visits as oracle
from tests.oracle.trends import mark_sessions
from tests.query_data import asking_of, question_of, relation_of

MORE = 20 if "--slow" in sys.argv else 1  # times as many generated examples
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
RANGE = {"from": "2026-11-10", "to": "2026-11-11", "timezone": "UTC"}
LINKS = [{"kind": "device", "source": "d1", "target": "ann", "ts": SINCE, "event_id": "x"}]
INSTANTS = [
    start + minutes * timedelta(minutes=1) + odd * timedelta(microseconds=1)
    for start in (SINCE, SINCE + timedelta(hours=5), UNTIL)
    for minutes in (-40, -10, 0, 20, 50)
    for odd in (0, 1)
]
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ann", "d1", "bob"]),
            "name": st.sampled_from(["page_view", "page_view", "click"]),
            "ts": st.sampled_from(INSTANTS),
            "properties": st.fixed_dictionaries(
                {}, optional={"path": st.sampled_from(["/a", "/b"]), "odd": st.just(True)}
            ),
            "session": st.sampled_from([None, None, "s1", "s2"]),
        }
    ),
    max_size=14,
)
ODD = [{"property": "odd", "op": "is", "value": True}]


def marked(rows):
    """The rows as the oracle takes them: linked ids are one."""
    for number, row in enumerate(rows):
        row["seq"] = number
    found = [{**row, "who": "ann" if row["who"] == "d1" else row["who"]} for row in rows]
    mark_sessions(found)
    return found


def ask(relation, build=visits.listed, kind="sessions", **fields):
    question = question_of(kind=kind, **fields)
    return build(asking_of(relation, question, NOW), question)


def shown(session):
    found = {name: session[name] for name in ("seconds", "events", "pages", "bounce", "entry", "users")}
    return {**found, "start": datetime.fromisoformat(session["start"]), "user": session["user"]["id"]}


def by_start(sessions):
    return sorted(sessions, key=lambda each: (each["start"], *[str(each[name]) for name in sorted(each)]))


@settings(max_examples=25 * MORE, deadline=None)
@given(rows=rows_of, filtered=st.booleans())
def test_the_list_agrees_with_the_oracle_and_with_trends(rows, filtered):
    wanted = oracle.listed(marked(rows), SINCE, UNTIL, lambda row: not filtered or row["properties"].get("odd") is True)
    filters = ODD if filtered else []
    with relation_of(rows, LINKS) as relation:
        found = ask(relation, range=RANGE, filters=filters)
        counted = ask(
            relation, trends.answer, "trends", range=RANGE, filters=filters,
            series=[{"event": "*", "measure": "sessions"}],
        )  # fmt: skip
        for session in found["sessions"][:3]:
            one = ask(relation, visits.one, "session", id=session["id"])
            assert one["session"] == session
            assert len(one["events"]) == session["events"]
            gaps = [event["gap_seconds"] for event in one["events"]]
            assert (gaps[0], sum(gaps[1:])) == (None, pytest.approx(session["seconds"]))
    assert by_start(map(shown, found["sessions"])) == by_start(wanted)
    starts = [datetime.fromisoformat(session["start"]) for session in found["sessions"]]
    assert starts == sorted(starts, reverse=True)
    assert found["total"] == len(wanted) == counted["series"][0]["total"]
    assert found["bounces"] == sum(each["bounce"] for each in wanted)


def view(minute, who="ann", **fields):
    return {"who": who, "name": "page_view", "ts": SINCE + timedelta(minutes=minute), **fields}


def test_midnight_and_the_ranges_edge_cut_nothing():
    with relation_of([view(-20), view(5), view(30), view(90)]) as relation:
        found = ask(relation, range=RANGE)["sessions"]
    assert [(each["seconds"], each["events"]) for each in found] == [(0.0, 1), (3000.0, 3)]
    assert found[1]["start"] == "2026-11-09T23:40:00Z"


def test_the_list_is_paged_and_counts_all():
    rows = [view(60 * number, session=f"s{number}") for number in range(5)]
    with relation_of(rows) as relation:
        found = ask(relation, range=RANGE, limit=2, offset=1)
    assert [each["session_id"] for each in found["sessions"]] == ["s3", "s2"]
    assert (found["total"], found["viewed"], found["median_seconds"]) == (5, 5, 0.0)


def test_any_moment_of_a_derived_session_and_any_id_of_its_person_find_it():
    rows = [view(0, "d1"), view(20), view(200)]
    with relation_of(rows, LINKS) as relation:
        for who in ("d1", "ann"):
            id_ = visits.id_of(who, None, SINCE + timedelta(minutes=10))
            assert ask(relation, visits.one, "session", id=id_)["session"]["events"] == 2


def test_events_of_a_session_are_paged_and_gaps_run_on():
    with relation_of([view(0), view(1), view(3)]) as relation:
        id_ = ask(relation, range=RANGE)["sessions"][0]["id"]
        events = ask(relation, visits.one, "session", id=id_, limit=1, offset=2)["events"]
    assert [event["gap_seconds"] for event in events] == [120.0]


@pytest.mark.parametrize(
    "id_", ["sno", "d1/2", "d99999999999999999999/1", "dann/5", "x1", "d1/9999999999999999999", "s\x00", "d1/-5 OR 1"]
)
def test_what_is_no_session_is_not_found(id_):
    with relation_of([view(0)]) as relation, pytest.raises(NotFound):
        ask(relation, visits.one, "session", id=id_)


def test_hostile_session_ids_are_values():
    texts = ["'; DROP TABLE tail; --", "d1/2", "s", "\u202e<script>", "x" * 255]
    rows = [view(number, session=text) for number, text in enumerate(texts)]
    with relation_of(rows) as relation:
        found = ask(relation, range=RANGE)["sessions"]
        assert {each["session_id"] for each in found} == set(texts)
        for each in found:
            assert ask(relation, visits.one, "session", id=each["id"])["session"]["session_id"] == each["session_id"]
