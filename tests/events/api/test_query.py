"""`POST query`: answers, what is wrong with a question, and who may ask."""

from __future__ import annotations

import gzip
import json

import duckdb
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from events.query import run as running
from events.segments import cut
from obc_analytics.errors import Overloaded, TooSlow
from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.api.conftest import API
from tests.factories import make_event, make_secret_key, send

DAYS = {"from": "2026-10-01", "to": "2026-10-03", "timezone": "Europe/Berlin"}
TRENDS = {"kind": "trends", "range": DAYS, "series": [{"event": "*"}]}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    running.forget()


@pytest.fixture
def query(tenant, client):
    """`query({...})`: POST with the tenant's secret key."""
    secret = make_secret_key(tenant)

    def post(question, path="query", raw=None, **headers):
        body = json.dumps(question) if raw is None else raw
        return client.post(
            f"{API}/{path}", body, "application/json", headers={"authorization": f"Bearer {secret}", **headers}
        )

    return post


def fill(tenant):
    """Three days, three people, two names; one day is told apart by the zone only."""
    for number, (time, name) in enumerate(
        [("09-30T22:30", "a"), ("10-01T12:00", "b"), ("10-01T22:30", "a"), ("10-03T21:59", "a"), ("10-03T22:00", "b")]
    ):
        send(tenant, make_event(name, timestamp=f"2026-{time}:00Z", user_id=f"u{number % 3}"))


@pytest.mark.parametrize("path", ["query", "query/"])
def test_a_question_is_answered(tenant, query, path):
    fill(tenant)
    answer = query(TRENDS, path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    found = answer.json()
    assert (found["kind"], found["buckets"]) == ("trends", ["2026-10-01", "2026-10-02", "2026-10-03"])
    assert found["series"][0]["values"] == [2, 1, 1]
    assert found["as_of_seq"] > 0 and found["timing_ms"] > 0


@pytest.mark.parametrize("kind", [kind.__struct_config__.tag for kind in running.BUILDERS])
def test_every_kind_that_has_a_builder_is_answered(tenant, query, kind):
    fill(tenant)
    steps = {"steps": [{"event": "a"}, {"event": "b"}]} if kind == "funnel" else {}
    question = {"kind": kind, "range": DAYS, **steps}
    if kind == "sql":
        question = {"kind": kind, "sql": "select 1"}
    elif kind == "session":
        question = {"kind": kind, "id": query({"kind": "sessions", "range": DAYS}).json()["sessions"][0]["id"]}
    elif kind == "actors":
        question = {"kind": kind, "of": {"kind": "trends", "range": DAYS}}
    answer = query(question)
    assert (answer.status_code, answer.json()["kind"]) == (200, kind), answer.content


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_it_agrees_with_stats_wherever_the_rows_lie(tenant, query, ask, when):
    fill(tenant)
    if when != "before":
        cut.cut(tenant.id)
    if when == "between":
        fill(tenant)
    stats = ask("stats", since="2026-09-30T22:00:00Z", until="2026-10-03T22:00:00Z", timezone="Europe/Berlin").json()
    series = [{"event": "*"}, {"event": "*", "measure": "uniques"}, {"event": "a"}]
    found = query({**TRENDS, "series": series}).json()
    total, users, named = found["series"]
    assert total["total"] == stats["total_events"] > 0
    assert users["total"] == stats["unique_users"]
    assert named["total"] == {row["name"]: row["count"] for row in stats["events_by_name"]}["a"]
    days = {row["day"]: (row["events"], row["users"]) for row in stats["events_by_day"]}
    pairs = zip(total["values"], users["values"], strict=True)
    assert dict(zip(found["buckets"], pairs, strict=True)) == days
    assert found["as_of_seq"] == stats["as_of_seq"]


def test_a_body_may_be_gzip_and_of_any_type(tenant, query, client):
    body = gzip.compress(json.dumps(TRENDS).encode())
    assert query(None, raw=body).status_code == 200
    headers = {"authorization": f"Bearer {make_secret_key(tenant)}"}
    assert client.post(f"{API}/query", json.dumps(TRENDS), "text/plain", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({**TRENDS, "series": [{}, {"measure": "best"}]}, "$.series[1].measure"),
        ({**TRENDS, "filters": [{"property": "x", "op": "in", "value": 1}]}, "$.filters[0]"),
        ({**TRENDS, "range": {"from": "2026-10-03", "to": "2026-10-01"}}, "$.range"),
        ({**TRENDS, "range": {"from": "2026-13-03", "to": "2026-10-01"}}, "$.range.from"),
        ({**TRENDS, "range": {"from": "2026-10-01", "to": "9999-12-31"}}, "$.range.to"),
        ({**TRENDS, "range": {**DAYS, "timezone": "Mars/Base"}}, "$.range.timezone"),
        ({"kind": "horoscope"}, "$.kind"),
        ({"series": []}, "$"),
        ([], "$"),
        (None, "$"),
    ],
)
def test_a_wrong_question_is_400_with_the_path_of_what_is_wrong(query, question, path):
    answer = query(question)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["path"]) == (400, "bad_request", path)


@pytest.mark.parametrize("body", [b"", b"{", b'{"kind":"\xff"}', b'{"kind": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_400(query, body):
    answer = query(None, raw=body)
    assert (answer.status_code, answer.json()["error"]["details"]) == (400, {"path": "$"})


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_body_beyond_its_bound_is_413(query, pack):
    assert query(None, raw=pack(b" " * (2**20 + 1))).status_code == 413


def test_a_kind_without_a_builder_is_400_and_says_which_there_are(query, monkeypatch):
    builders = {kind: build for kind, build in running.BUILDERS.items() if kind.__name__ != "Stickiness"}
    monkeypatch.setattr(running, "BUILDERS", builders)
    error = query({"kind": "stickiness"}).json()["error"]
    assert error["details"]["path"] == "$.kind"
    assert "trends" in error["details"]["kinds"] and "stickiness" not in error["details"]["kinds"]


def test_an_unknown_parameter_is_400(query):
    assert query(TRENDS, "query?since=2026-10-01").json()["error"]["details"]["parameter"] == "since"


def raising(error):
    def build(asking, question):
        raise error

    return dict.fromkeys(running.BUILDERS, build)


def test_too_much_memory_is_504_and_says_so(query, monkeypatch):
    monkeypatch.setattr(running, "BUILDERS", raising(duckdb.OutOfMemoryException("failed to allocate")))
    answer = query(TRENDS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "too_slow")
    assert answer.json()["error"]["message"] == f"The question needs too much memory. Narrow it: {running.NARROW}."


def test_too_slow_is_504_and_says_what_to_narrow(query, monkeypatch):
    monkeypatch.setattr(running, "BUILDERS", raising(TooSlow()))
    answer = query(TRENDS)
    assert (answer.status_code, "range" in answer.json()["error"]["details"]["narrow"]) == (504, True)


def test_too_many_at_once_is_503_with_retry_after(query, monkeypatch):
    monkeypatch.setattr(running, "BUILDERS", raising(Overloaded(retry_after=5)))
    answer = query(TRENDS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


# --- who may ask ----------------------------------------------------------------------------------------


def test_nobody_asks_without_a_key_or_a_session(tenant, client):
    assert client.post(f"{API}/query", "{}", "application/json").status_code == 401


def test_a_write_key_asks_nothing(client, write_key):
    answer = client.post(f"{API}/query", "{}", "application/json", headers={"x-api-key": write_key})
    assert answer.status_code == 403


def test_a_tenant_id_that_disagrees_with_the_key_is_403(other, query):
    assert query(TRENDS, f"query?tenant_id={other.id}").status_code == 403


def test_an_answer_holds_the_askers_tenant_only(tenant, other, query):
    fill(other)
    cut.cut(other.id)
    fill(other)
    assert query(TRENDS).json()["series"][0]["total"] == 0


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_wrong_method_is_405(tenant, client, method):
    answer = getattr(client, method)(f"{API}/query")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


def member(tenant, role):
    person = get_user_model().objects.create_user("ada", "ada@example.org", "a long password")
    with operator_scope():
        Membership.objects.create(tenant=tenant, user=person, role=role)
    return person


@pytest.mark.parametrize("role", ["viewer", "analyst", "owner"])
def test_every_member_may_ask_their_own_tenant_and_no_other(tenant, other, client, role):
    fill(tenant)
    client.force_login(member(tenant, role))
    answer = client.post(f"{API}/query", json.dumps(TRENDS), "application/json")
    assert (answer.status_code, answer.json()["series"][0]["total"]) == (200, 4)
    foreign = client.post(f"{API}/query?tenant_id={other.id}", json.dumps(TRENDS), "application/json")
    assert foreign.status_code == 404


def test_a_session_needs_its_csrf_token(tenant):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member(tenant, "viewer"))
    assert client.post(f"{API}/query", json.dumps(TRENDS), "application/json").status_code == 403


def test_questions_are_throttled_like_the_other_reads(query, monkeypatch):
    monkeypatch.setattr("tenants.throttling.ReadThrottle.rate", "1/min")
    assert [query(TRENDS).status_code for _ in range(2)] == [200, 429]
