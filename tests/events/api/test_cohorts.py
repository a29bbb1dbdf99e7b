"""`/api/v1/analytics/cohorts`: made, counted, frozen, named by questions, and kept apart by tenant."""

from __future__ import annotations

import json
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from events.cohorts.members_sql import members_sql
from events.identity import traits
from events.query import joined
from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.api.conftest import API
from tests.events.api.test_query import own_folder  # noqa: F401
from tests.factories import make_event, make_secret_key, make_tenant, send

SEARCHED = {"type": "behaviour", "event": "search", "times": "at_least", "n": 2}
NEVER = {"type": "behaviour", "event": "search", "times": "exactly", "n": 0}
DAYS = {"from": "2026-10-01", "to": "2026-10-03", "timezone": "UTC"}
USERS = {"kind": "trends", "range": DAYS, "series": [{"measure": "uniques"}]}
with_events = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant(db):
    return make_tenant("Acme")


def caller(tenant, *scopes):
    """`call("post", "/…", name=…)` with a secret key: status and body."""
    client = Client(headers={"authorization": f"Bearer {make_secret_key(tenant, scopes=scopes)}"})

    def call(method, path="", /, **body):
        sent = {} if method == "get" else {"data": body, "content_type": "application/json"}
        answer = getattr(client, method)(f"{API}{path}", **sent)
        return answer.status_code, answer.json() if answer.content else None

    return call


@pytest.fixture
def call(tenant):
    return caller(tenant, "read", "manage")


def make(call, name="Searchers", **fields):
    status, body = call("post", "/cohorts", name=name, **(fields or {"definition": SEARCHED}))
    assert status == 201, body
    return body


def total(call, **fields):
    status, body = call("post", "/query", **(USERS | fields))
    assert status == 200, body
    return {tuple(line["breakdown"]): line["total"] for line in body["series"]}


def fill(tenant):
    """ann searches twice, once as a device; bob once; cid never."""
    days = iter(range(1, 4))
    for who in ({"user_id": "ann", "device_id": "d1"}, {"device_id": "d1"}, {"user_id": "bob"}):
        send(tenant, make_event("search", timestamp=f"2026-10-0{next(days)}T10:00:00Z", **who))
    send(tenant, make_event("view", timestamp="2026-10-03T10:00:00Z", user_id="cid"))


@with_events
def test_a_cohort_is_counted_listed_and_named_by_the_next_question(tenant, call):
    fill(tenant)
    cohort = make(call)
    assert call("get", f"/cohorts/{cohort['id']}/size")[1] | {"as_of_seq": 0} == {
        "size": 1, "everybody": 3, "as_of_seq": 0,
    }  # fmt: skip
    status, members = call("get", f"/cohorts/{cohort['id']}/members?limit=5")
    assert (status, [person["id"] for person in members["people"]]) == (200, ["ann"])
    assert call("post", "/cohorts/preview", definition=NEVER)[1]["size"] == 1
    assert total(call, cohort=cohort["id"]) == {(): 1}
    split = [{"property": f"cohort:{cohort['id']}"}]
    assert total(call, breakdown=split) == {("true",): 1, ("false",): 2}
    # a change is in the next answer, though no event came
    assert call("patch", f"/cohorts/{cohort['id']}", definition={**SEARCHED, "n": 1})[0] == 200
    assert total(call, cohort=cohort["id"]) == {(): 2}
    assert call("get", f"/values?property=cohort:{cohort['id']}")[0] == 200
    # and so is its end
    call("post", f"/cohorts/{cohort['id']}/trash")
    status, body = call("post", "/query", **USERS, breakdown=split)
    assert (status, body["error"]["details"]["path"]) == (400, "$.breakdown[0].property")
    call("post", f"/cohorts/{cohort['id']}/restore")
    assert total(call, breakdown=split) == {("true",): 2, ("false",): 1}


@with_events
def test_members_are_found_once_for_all_questions_about_one_moment(tenant, call, monkeypatch):
    fill(tenant)
    cohort, made = make(call), []

    def counted(*args):
        made.append(args)
        return members_sql(*args)

    monkeypatch.setattr(joined, "members_sql", counted)
    split = [{"property": f"cohort:{cohort['id']}"}]
    assert (total(call, cohort=cohort["id"]), total(call, breakdown=split)) == ({(): 1}, {("true",): 1, ("false",): 2})
    assert len(made) == 1
    assert total(call, cohort=cohort["id"], range={**DAYS, "timezone": "Asia/Tokyo"}) == {(): 1}  # its days are others
    send(tenant, make_event("search", timestamp="2026-10-03T11:00:00Z", user_id="bob"))
    assert total(call, cohort=cohort["id"]) == {(): 2}
    assert len(made) == 3


@with_events
def test_traits_are_folded_once_for_all_questions_about_one_moment(tenant, call, monkeypatch):
    told = {"user_id": "ann", "timestamp": "2026-10-01T10:00:00Z"}
    send(tenant, make_event("$identify", properties={"$set": {"plan": "team"}}, **told))
    made, select = [], traits.select

    def counted(*args):
        made.append(args)
        return select(*args)

    monkeypatch.setattr(traits, "select", counted)
    split, only = [{"property": "profile:plan"}], [{"property": "profile:plan", "op": "is", "value": "team"}]
    assert (total(call, breakdown=split), total(call, filters=only)) == ({("team",): 1}, {(): 1})
    assert len(made) == 1
    told["timestamp"] = "2026-10-02T10:00:00Z"
    send(tenant, make_event("$profile", properties={"$set": {"plan": "free"}}, **told))
    assert total(call, breakdown=split) == {("free",): 1}  # the newest event is in the next answer
    assert len(made) == 2


@with_events
def test_a_frozen_copy_keeps_its_people_whatever_comes(tenant, call):
    fill(tenant)
    cohort = make(call)
    status, frozen = call("post", f"/cohorts/{cohort['id']}/copy", name="Frozen")
    assert (status, frozen["static"], frozen["member_count"], frozen["definition"]) == (201, True, 1, None)
    assert frozen["origin"]["definition"]["event"] == "search"
    send(tenant, make_event("search", timestamp="2026-10-03T11:00:00Z", user_id="bob"))
    assert (total(call, cohort=cohort["id"]), total(call, cohort=frozen["id"])) == ({(): 2}, {(): 1})
    again = call("post", f"/cohorts/{frozen['id']}/copy")[1]
    assert (again["name"], again["member_count"]) == ("Frozen (copy)", 1)
    assert total(call, cohort=again["id"]) == {(): 1}
    living = call("post", f"/cohorts/{cohort['id']}/copy", static=False)[1]
    assert (living["static"], total(call, cohort=living["id"])) == (False, {(): 2})
    assert call("patch", f"/cohorts/{frozen['id']}", definition=SEARCHED)[0] == 400
    assert call("patch", f"/cohorts/{frozen['id']}", name="Then")[1]["name"] == "Then"


@with_events
def test_the_people_behind_a_number_are_a_cohort_in_one_step(tenant, call):
    fill(tenant)
    searched = {**USERS, "series": [{"event": "search", "measure": "uniques"}]}
    actors = {"kind": "actors", "of": searched, "at": {"bucket": "2026-10-02"}, "limit": 1}
    cohort = make(call, "That day", **{"from": actors})
    assert (cohort["static"], cohort["member_count"], cohort["origin"]["query"]["at"]["bucket"]) == (
        True, 1, "2026-10-02",
    )  # fmt: skip
    assert call("get", f"/cohorts/{cohort['id']}/members")[1]["people"][0]["id"] == "ann"
    everybody = make(call, "All three", **{"from": {"kind": "actors", "of": USERS, "limit": 1}})
    assert everybody["member_count"] == 3
    for wrong, path in [
        ({**actors, "at": {"bucket": "2026-01-01"}}, "$.from.at.bucket"),
        ({**actors, "of": {**searched, "cohort": str(uuid.uuid4())}}, "$.from.of.cohort"),
        (searched, "$.from.kind"),
        ({**actors, "of": {"kind": "funnel", "steps": []}}, "$.from.of.steps"),
    ]:
        status, body = call("post", "/cohorts", name="x", **{"from": wrong})
        assert (status, body["error"]["details"]["path"]) == (400, path)


@with_events
def test_a_cohort_of_another_tenant_is_as_absent_as_one_that_never_was(tenant, call):
    fill(tenant)
    theirs = make(caller(make_tenant("Other"), "read", "manage"))["id"]
    answers = []
    for id_ in (theirs, str(uuid.uuid4())):
        told = [call("post", "/query", **USERS, cohort=id_), call("get", f"/cohorts/{id_}"),
                call("post", f"/cohorts/{id_}/copy"), call("get", f"/cohorts/{id_}/members")]  # fmt: skip
        assert [status for status, _ in told] == [400, 404, 404, 404]
        answers.append(json.dumps(told).replace(id_, "X"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"cohort": "no id"}, "$.cohort"),
        ({"cohort": str(uuid.UUID(int=5))}, "$.cohort"),
        ({"filters": [{"property": "cohort:no", "value": "true"}]}, "$.filters[0].property"),
        ({"filters": [{"property": f"cohort:{uuid.UUID(int=5)}", "op": "contains", "value": "t"}]}, "$.filters[0].op"),
        ({"filters": [{"property": f"cohort:{uuid.UUID(int=5)}", "value": "yes"}]}, "$.filters[0].value"),
        ({"series": [{"filters": [{"property": "cohort:", "value": "true"}]}]}, "$.series[0].filters[0].property"),
    ],
    ids=range(6),
)
def test_a_cohort_that_can_not_be_asked_for_is_named_by_its_path(call, part, path):
    status, body = call("post", "/query", **{**USERS, **part})
    assert (status, body["error"]["details"]["path"]) == (400, path)


def test_cohorts_are_searched_told_apart_thrown_away_and_deleted(call):
    first, second = make(call, "Searchers"), make(call, "Lost people", definition=NEVER)

    def names(query=""):
        return [row["name"] for row in call("get", f"/cohorts{query}")[1]["results"]]

    assert names() == ["Lost people", "Searchers"]
    assert names("?search=LOST") == ["Lost people"]
    assert (names("?kind=static"), names("?kind=dynamic&limit=1")) == ([], ["Lost people"])
    assert call("delete", f"/cohorts/{second['id']}")[0] == 409
    call("post", f"/cohorts/{second['id']}/trash")
    assert (names(), names("?trash=1")) == (["Searchers"], ["Lost people"])
    assert call("delete", f"/cohorts/{second['id']}")[0] == 204
    assert names("?trash=1") == []
    assert call("patch", f"/cohorts/{first['id']}", name="x", version=1)[1]["version"] == 2
    assert call("patch", f"/cohorts/{first['id']}", name="y", version=1)[0] == 409


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "definition": SEARCHED, "from": {"kind": "actors", "of": USERS}},
        {"name": "", "definition": SEARCHED},
        {"name": "x", "definition": {**SEARCHED, "n": 0}},
        {"name": "x", "definition": SEARCHED, "static": True},
        {"name": "x", "definition": {"type": "property", "property": "profile:x", "op": "regex", "value": "(a"}},
        {"name": "x", "definition": SEARCHED, "owner": 1},
    ],
    ids=range(7),
)
def test_what_is_no_cohort_is_refused(call, body):
    assert call("post", "/cohorts", **body)[0] == 400


def test_viewers_and_keys_that_read_look_but_change_nothing(tenant, call):
    cohort = make(call)
    viewer = Client()
    person = get_user_model().objects.create_user("vera", password="a long pass phrase")
    with operator_scope():
        Membership.objects.create(tenant=tenant, user=person, role="viewer")
    viewer.force_login(person)
    reader = Client(headers={"authorization": f"Bearer {make_secret_key(tenant)}"})
    for client in (viewer, reader):
        assert client.get(f"{API}/cohorts/{cohort['id']}").status_code == 200
        for method, path in [("post", ""), ("patch", f"/{cohort['id']}"), ("delete", f"/{cohort['id']}"),
                             ("post", f"/{cohort['id']}/copy"), ("post", f"/{cohort['id']}/trash")]:  # fmt: skip
            body = {"name": "forged", "definition": NEVER} if path == "" else {}
            answer = getattr(client, method)(f"{API}/cohorts{path}", body, content_type="application/json")
            assert answer.status_code == 403, (method, path)
    assert call("get", f"/cohorts/{cohort['id']}")[1] == cohort
