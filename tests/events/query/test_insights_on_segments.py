"""Funnels, retention and flows on the real relation: sent through the pipeline, half cut into segments, half tail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from events.query import explain, flows, funnels, retention
from events.query.relation import open_relation
from events.query.run import asking_of
from events.segments.cut import cut
from tenants.auth import TenantConfig
from tests.factories import make_event, make_tenant, send
from tests.query_data import question_of

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
RANGE = {"from": "2026-11-09", "to": "2026-11-22", "timezone": "UTC"}


def visit(who, day, *names):
    """One event a minute from 9:00 on, in a session of its own."""
    return [
        make_event(
            name,
            distinct_id=f"{who}",
            device_id=f"{who}",
            session_id=f"{who}-{day}",
            timestamp=(START + timedelta(days=day, minutes=minute)).isoformat(),
            properties={"plan": who[0]},
        )
        for minute, name in enumerate(names)
    ]


@pytest.fixture
def tenant(settings, tmp_path):
    """Steps of one actor lie on both sides of the watermark."""
    settings.DATA_DIR = tmp_path
    tenant = make_tenant()
    send(tenant, *visit("ann", 0, "login", "search"), *visit("bob", 0, "login"), *visit("cid", 1, "login", "error"))
    assert cut(tenant.id) == 5
    send(tenant, *visit("ann", 7, "export"), *visit("bob", 1, "search"), *visit("cid", 2, "search"))
    return tenant


def ask(tenant, builder, **fields):
    question = question_of(range=RANGE, **fields)
    with open_relation(tenant.id) as relation:
        assert relation.snapshot.files and relation.snapshot.tail_rows
        return builder(asking_of(relation, TenantConfig.of(tenant), question, NOW), question)


STEPS = [{"event": "login"}, {"event": "search"}, {"event": "export"}]


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        ({}, [3, 3, 1]),
        ({"window": {"n": 1, "unit": "hour"}}, [3, 1, 0]),
        ({"order": "strict"}, [3, 2, 1]),
        ({"order": "any"}, [3, 3, 1]),
        ({"counting": "sessions"}, [3, 1, 0]),
        ({"exclusions": [{"event": "error", "from_step": 1, "to_step": 2}]}, [3, 2, 1]),
    ],
)
def test_a_funnel_reads_segments_and_tail_as_one(tenant, rule, counts):
    found = ask(tenant, funnels.answer, kind="funnel", steps=STEPS, **rule)
    assert [step["count"] for step in found["steps"]] == counts


def test_a_funnel_is_broken_down_over_both(tenant):
    found = ask(tenant, funnels.answer, kind="funnel", steps=STEPS, breakdown=[{"property": "plan"}])
    assert [(part["value"], part["steps"][2]["count"]) for part in found["breakdowns"]] == [
        (["a"], 1),
        (["b"], 0),
        (["c"], 0),
    ]


def test_retention_reads_segments_and_tail_as_one(tenant):
    found = ask(tenant, retention.answer, kind="retention", start={"event": "login"}, unit="day", periods=9)
    sizes = {cohort["start"]: cohort["counts"] for cohort in found["cohorts"] if cohort["size"]}
    assert sizes == {"2026-11-10": [2, 1, 0, 0, 0, 0, 0, 1, 0], "2026-11-11": [1, 1, 0, 0, 0, 0, 0, 0, 0]}


def test_flows_read_segments_and_tail_as_one(tenant):
    found = ask(tenant, flows.answer, kind="flows", anchor={"event": "login"}, depth=1)
    assert {node["id"]: node["count"] for node in found["nodes"]} == {
        "0:login": 3, "1:search": 1, "1:error": 1, "1:$end": 1,
    }  # fmt: skip


def test_explain_finds_an_actor_on_both_sides(tenant):
    told = ask(
        tenant, lambda asking, question: explain.explain(asking, question, "ann"), kind="funnel", steps=STEPS
    )  # fmt: skip
    assert [step["status"] for step in told["attempts"][0]["steps"]] == ["done", "done", "done"]
    assert told["attempts"][0]["steps"][2]["sentence"].startswith("`export` came 6 d 23 h later")
