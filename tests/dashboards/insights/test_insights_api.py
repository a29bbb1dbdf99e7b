"""`/api/v1/analytics/insights`: saved questions over REST."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_secret_key, make_tenant

pytestmark = pytest.mark.django_db
API = "/api/v1/analytics/insights"
QUESTION = {"kind": "trends", "series": [{"event": "signup", "measure": "uniques"}], "interval": "week"}


def call(client, method, path="", **body):
    sent = {} if method == "get" else {"data": body, "content_type": "application/json"}
    answer = getattr(client, method)(f"{API}{path}", **sent)
    return answer.status_code, answer.json() if answer.content else None


def make(client, name="Signups", **fields):
    status, body = call(client, "post", name=name, question=QUESTION, **fields)
    assert status == 201, body
    return body


def names(client, query=""):
    return [row["name"] for row in client.get(f"{API}{query}").json()["results"]]


@pytest.fixture
def ada(tenant, sign_in):
    return sign_in(tenant, "analyst")


@pytest.fixture
def bob(tenant, sign_in):
    return sign_in(tenant, "analyst")


def test_a_saved_question_comes_back_without_what_is_default(ada):
    made = make(ada, view={"chart": "bar", "range": "90d"})
    assert call(ada, "get", f"/{made['id']}") == (200, made)
    assert (made["kind"], made["sharing"], made["version"]) == ("trends", "private", 1)
    assert made["question"] == QUESTION and made["view"] == {"chart": "bar", "range": "90d"}


@pytest.mark.parametrize(
    "fields",
    [
        {"question": {"kind": "trends", "series": []}},
        {"question": {"kind": "sql", "sql": ""}},
        {"view": {"chart": "heat"}},
        {"surplus": 1},
        {"name": ""},
        {"sharing": "public"},
    ],
)
def test_what_is_wrong_is_refused_by_name(ada, fields):
    status, body = call(ada, "post", **{"name": "x", "question": QUESTION, **fields})
    assert status == 400 and next(iter(fields)) in str(body)


def test_roles_decide_who_sees_and_changes(ada, bob, sign_in, tenant):
    private, shared = make(ada, "mine"), make(ada, "ours", sharing="shared")
    viewer, owner = sign_in(tenant, "viewer"), sign_in(tenant, "owner")
    assert names(viewer) == ["ours"] and sorted(names(owner)) == ["mine", "ours"]
    assert call(viewer, "post", name="x", question=QUESTION)[0] == 403
    assert call(viewer, "patch", f"/{shared['id']}", name="x")[0] == 403
    assert call(viewer, "post", f"/{shared['id']}/duplicate")[0] == 403
    assert call(bob, "patch", f"/{private['id']}", name="x")[0] == 404
    assert call(bob, "patch", f"/{shared['id']}", name="x")[0] == 200
    assert call(owner, "patch", f"/{private['id']}", name="y")[0] == 200


def test_keys_read_what_is_shared_and_with_manage_change_all(ada, tenant):
    made = make(ada)
    make(ada, "ours", sharing="shared")
    reads = Client(headers={"Authorization": f"Bearer {make_secret_key(tenant)}"})
    manages = Client(headers={"Authorization": f"Bearer {make_secret_key(tenant, scopes=('read', 'manage'))}"})
    assert names(reads) == ["ours"] and call(reads, "post", name="x", question=QUESTION)[0] == 403
    assert call(manages, "patch", f"/{made['id']}", name="z")[0] == 200
    assert make(manages, "by key")["sharing"] == "shared"


def test_of_two_who_saw_the_same_version_the_second_is_told(ada):
    made = make(ada, sharing="shared")
    assert call(ada, "patch", f"/{made['id']}", name="first", version=1)[1]["version"] == 2
    status, body = call(ada, "patch", f"/{made['id']}", name="second", version=1)
    assert (status, body["error"]["code"]) == (409, "conflict")
    assert names(ada) == ["first"]


def test_a_view_that_no_longer_fits_a_changed_question_is_refused(ada):
    made = make(ada, view={"chart": "area"})
    assert call(ada, "patch", f"/{made['id']}", question={"kind": "lifecycle"})[0] == 400
    assert call(ada, "patch", f"/{made['id']}", question={"kind": "lifecycle"}, view={})[0] == 200


def test_the_list_is_searched_and_filtered(ada, bob):
    make(ada, "Weekly signups", description="beta")
    make(ada, "Errors", sharing="shared")
    call(ada, "post", name="Paths", question={"kind": "flows"})
    assert names(ada, "?search=BETA") == ["Weekly signups"]
    assert names(ada, "?kind=flows") == ["Paths"]
    assert names(ada, "?sharing=shared") == ["Errors"]
    assert names(bob, "?owner=me") == [] and len(names(ada, "?owner=me")) == 3
    assert len(names(ada, "?limit=2")) == 2
    assert ada.get(f"{API}?kind=errors").status_code == 400


def test_only_what_is_in_the_trash_is_deleted(ada):
    path = f"/{make(ada)['id']}"
    assert call(ada, "delete", path)[0] == 409
    assert call(ada, "post", f"{path}/trash")[1]["trashed_at"]
    assert names(ada) == [] and names(ada, "?trash=1") == ["Signups"]
    assert call(ada, "post", f"{path}/restore")[1]["trashed_at"] is None
    call(ada, "post", f"{path}/trash")
    assert call(ada, "delete", path) == (204, None)
    assert call(ada, "get", path)[0] == 404


def test_a_copy_is_private_and_the_askers_own(ada, bob):
    status, copy = call(bob, "post", f"/{make(ada, sharing='shared')['id']}/duplicate")
    assert (status, copy["name"], copy["sharing"]) == (201, "Signups (copy)", "private")
    assert names(bob, "?owner=me") == ["Signups (copy)"]


def test_another_tenants_insight_is_absent(ada, sign_in):
    made, other = make(ada, sharing="shared"), sign_in(make_tenant("Other"), "owner")
    for method, path in (("get", ""), ("patch", ""), ("delete", ""), ("post", "/trash"), ("post", "/duplicate")):
        assert call(other, method, f"/{made['id']}{path}")[0] == 404
    assert names(other) == []
