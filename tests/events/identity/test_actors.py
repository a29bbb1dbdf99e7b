"""As many people stand behind a number as it says, for every kind of question; the numbers have their oracles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.query import run
from events.query.types import parse_question
from obc_analytics.errors import BadRequest
from tests.oracle import trends as oracle
from tests.query_data import asking_of, relation_of

START = datetime(2026, 11, 9, 0, 10, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
RANGE = {"from": "2026-11-09", "to": "2026-11-22", "timezone": "Europe/Berlin"}
LINKS = [
    {"kind": "device", "source": "d1", "target": "ann", "ts": START, "event_id": "x"},
    {"kind": "alias", "source": "old", "target": "bob", "ts": START, "event_id": "y"},
]
CANONICAL = {"d1": "ann", "old": "bob"}
PLAN = [{"property": "plan"}]

rows_of = st.lists(
    st.builds(
        lambda who, name, half_days, minutes, properties: {
            "who": who,
            "name": name,
            "ts": START + timedelta(hours=12 * half_days, minutes=minutes),
            "properties": properties,
        },
        st.sampled_from(["ann", "bob", "cid", "d1", "old", "dee"]),
        st.sampled_from(["view", "buy", "login"]),
        st.integers(-4, 30),
        st.sampled_from([0, 0, 10]),
        st.fixed_dictionaries({}, optional={"plan": st.sampled_from(["free", "pro"]), "n": st.sampled_from([1, "x"])}),
    ),
    max_size=25,
)


class Asked:
    """A relation of rows, and questions to it."""

    def __init__(self, relation):
        self.relation = relation

    def __call__(self, **fields):
        question = parse_question(fields)
        return run.BUILDERS[type(question)](asking_of(self.relation, question, NOW), question)

    def behind(self, of, **at):
        found = self(kind="actors", of=of, at=at, limit=1000)
        assert len({person["id"] for person in found["actors"]}) == len(found["actors"]) == found["total"]
        return found["total"]


def examples(test):
    return settings(max_examples=5, deadline=None)(given(rows=rows_of)(test))


@examples
def test_trends(rows):
    measures = ["uniques", "wau"]
    for breakdown in ([], PLAN):
        of = {"kind": "trends", "range": RANGE, "interval": "week", "breakdown": breakdown,
              "series": [{"event": "view", "measure": measure} for measure in measures]}  # fmt: skip
        with relation_of(rows, LINKS) as relation:
            ask = Asked(relation)
            answer = ask(**of)
            for line in answer["series"]:
                at = {"series": line["series"], "breakdown": line["breakdown"]}
                assert ask.behind(of, **at) == line["total"]
                for bucket, value in zip(answer["buckets"], line["values"], strict=True):
                    assert ask.behind(of, bucket=bucket, **at) == value


@examples
def test_trends_agree_with_the_oracle_on_who_it_was(rows):
    zone = ZoneInfo("Europe/Berlin")
    of = {"kind": "trends", "range": RANGE, "interval": "day", "series": [{"event": "view", "measure": "total"}]}
    canonical = [{**row, "who": CANONICAL.get(row["who"], row["who"])} for row in rows]
    inside = [row for row in canonical if date(2026, 11, 9) <= oracle.local_day(row, zone) <= date(2026, 11, 22)]
    wanted = {row["who"] for row in inside if row["name"] == "view" and oracle.local_day(row, zone).day == 10}
    with relation_of(rows, LINKS) as relation:
        found = Asked(relation)(kind="actors", of=of, at={"bucket": "2026-11-10"})["actors"]
    assert {person["id"] for person in found} == wanted
    for person in found:
        own = sorted(row["ts"] for row in canonical if row["who"] == person["id"])
        assert (person["events"], datetime.fromisoformat(person["first_seen"])) == (len(own), own[0])


@examples
def test_a_measure_of_a_property_has_those_behind_it_who_gave_a_number(rows):
    of = {"kind": "trends", "range": RANGE, "series": [{"event": "*", "measure": "sum", "property": "n"}]}
    zone = ZoneInfo("Europe/Berlin")
    inside = [row for row in rows if date(2026, 11, 9) <= oracle.local_day(row, zone) <= date(2026, 11, 22)]
    wanted = {CANONICAL.get(row["who"], row["who"]) for row in inside if row["properties"].get("n") == 1}
    with relation_of(rows, LINKS) as relation:
        assert Asked(relation).behind(of) == len(wanted)


@examples
def test_funnels(rows):
    for breakdown in ([], PLAN):
        of = {"kind": "funnel", "range": RANGE, "breakdown": breakdown,
              "steps": [{"event": "view"}, {"event": "buy"}, {"event": "login"}]}  # fmt: skip
        with relation_of(rows, LINKS) as relation:
            ask = Asked(relation)
            answer = ask(**of)
            parts = [({}, answer["steps"])]
            parts += [({"breakdown": part["value"]}, part["steps"]) for part in answer.get("breakdowns", [])]
            for at, steps in parts:
                counts = [step["count"] for step in steps]
                for number in (1, 2, 3):
                    assert ask.behind(of, step=number, **at) == counts[number - 1]
                    if number > 1:
                        lost = counts[number - 2] - counts[number - 1]
                        assert ask.behind(of, step=number, converted=False, **at) == lost


@examples
def test_retention(rows):
    for criterion in ("on", "on_or_after"):
        of = {"kind": "retention", "range": RANGE, "unit": "week", "periods": 3, "criterion": criterion}
        with relation_of(rows, LINKS) as relation:
            ask = Asked(relation)
            for cohort in ask(**of)["cohorts"]:
                for period, count in enumerate(cohort["counts"]):
                    assert ask.behind(of, cell=[cohort["start"], period]) == count


@examples
def test_lifecycle_and_stickiness(rows):
    cycle = {"kind": "lifecycle", "range": RANGE, "interval": "week"}
    with relation_of(rows, LINKS) as relation:
        ask = Asked(relation)
        answer = ask(**cycle)
        for state in ("new", "returning", "resurrecting", "dormant"):
            for bucket, count in zip(answer["buckets"], answer[state], strict=True):
                assert ask.behind(cycle, bucket=bucket, state=state) == count
        for at_least in (False, True):
            sticky = {"kind": "stickiness", "range": RANGE, "interval": "week", "at_least": at_least}
            for bar in ask(**sticky)["counts"]:
                assert ask.behind(sticky, n=bar["n"]) == bar["users"]


@examples
def test_flows_have_the_actors_with_a_path_through_the_node(rows):
    of = {"kind": "flows", "range": RANGE, "anchor": {"event": "view"}, "depth": 2}
    zone = ZoneInfo("Europe/Berlin")
    inside = [row for row in rows if date(2026, 11, 9) <= oracle.local_day(row, zone) <= date(2026, 11, 22)]
    wanted = {CANONICAL.get(row["who"], row["who"]) for row in inside if row["name"] == "view"}
    with relation_of(rows, LINKS) as relation:
        ask = Asked(relation)
        assert ask.behind(of, node="0:view") == len(wanted)
        for node in ask(**of)["nodes"]:
            assert 1 <= ask.behind(of, node=node["id"]) <= node["count"]


VIEWS = {"kind": "trends", "range": RANGE, "series": [{"event": "view", "measure": "uniques"}]}


def test_people_are_paged_and_the_last_seen_come_first():
    rows = [{"who": f"u{n}", "name": "view", "ts": START + timedelta(hours=n)} for n in range(5)]
    rows.append(
        {"who": "u3", "name": "$identify", "ts": START, "properties": {"$set": {"name": "Uma", "email": "u@x"}}}
    )
    with relation_of(rows) as relation:
        found = Asked(relation)(kind="actors", of=VIEWS, limit=2, offset=1)
    assert [(person["id"], person["name"], person["email"]) for person in found["actors"]] == [
        ("u3", "Uma", "u@x"),
        ("u2", None, None),
    ]
    assert (found["total"], found["offset"], found["limit"]) == (5, 1, 2)
    assert found["actors"][0]["last_seen"] == "2026-11-09T03:10:00Z"


@pytest.mark.parametrize(
    ("of", "at", "path"),
    [
        (VIEWS, {"series": 1}, "$.at.series"),
        (VIEWS, {"bucket": "2026-01-01"}, "$.at.bucket"),
        (VIEWS, {"breakdown": ["x"]}, "$.at.breakdown"),
        ({**VIEWS, "range": {"from": "x", "to": "y"}}, {}, "$.of.range"),
        ({"kind": "funnel", "steps": [{"event": "a"}]}, {"step": 2}, "$.at.step"),
        ({"kind": "retention"}, {}, "$.at.cell"),
        ({"kind": "lifecycle"}, {"bucket": "2026-01-01"}, "$.at.state"),
        ({"kind": "stickiness"}, {}, "$.at.n"),
        ({"kind": "flows"}, {"node": "view"}, "$.at.node"),
    ],
)
def test_a_number_that_is_not_there_is_named(of, at, path):
    with relation_of([]) as relation, pytest.raises(BadRequest) as caught:
        Asked(relation).behind(of, **at)
    assert caught.value.details["path"] == path
