"""`/api/v1/tenants`: own tenants only, by role; members, and the life of a key."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from tenants import auth
from tenants.models import ApiKey, Membership, Tenant
from tenants.scope import operator_scope
from tests.factories import make_secret_key, make_tenant, make_write_key

API = "/api/v1/tenants"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered():
    auth.forget_keys()
    cache.clear()


def make_person(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", "a long password", **fields)


def join(person, tenant, role):
    with operator_scope():
        return Membership.objects.create(tenant=tenant, user=person, role=role)


class Asker:
    """`asker.get("/members")` below the tenant's address; JSON bodies."""

    def __init__(self, tenant, person=None, key=None):
        self.client, self.base = Client(), f"{API}/{tenant.id}"
        self.headers = {"authorization": f"Bearer {key}"} if key else {}
        if person:
            self.client.force_login(person)

    def __getattr__(self, method):
        def ask(path="", body=None):
            address = path if path.startswith(API) else self.base + path
            options = {} if method == "get" else {"data": body, "content_type": "application/json"}
            return getattr(self.client, method)(address, headers=self.headers, **options)

        return ask


@pytest.fixture
def tenant():
    return make_tenant("Acme")


@pytest.fixture
def owner(tenant):
    person = make_person("olga")
    join(person, tenant, "owner")
    return Asker(tenant, person)


@pytest.fixture
def operator(tenant):
    return Asker(tenant, make_person("operator", is_superuser=True))


@pytest.fixture
def by_role(tenant, owner):
    askers = {"owner": owner}
    for role in ("analyst", "viewer"):
        person = make_person(role)
        join(person, tenant, role)
        askers[role] = Asker(tenant, person)
    return askers


def names(answer, field):
    return [row[field] for row in answer.json()["results"]]


def stored(tenant):
    with operator_scope():
        return Tenant.objects.get(id=tenant.id)


# --- tenants ------------------------------------------------------------------------------------------


def test_a_person_sees_the_tenants_they_belong_to_with_their_role(tenant, owner):
    make_tenant("Other")
    rows = owner.get(API).json()["results"]
    assert [(row["name"], row["role"]) for row in rows] == [("Acme", "owner")]


def test_a_superuser_sees_all(tenant):
    make_tenant("Other")
    boss = Asker(tenant, make_person("boss", is_superuser=True))
    assert names(boss.get(API), "name") == ["Acme", "Other"]


def test_a_secret_key_sees_its_own_tenant(tenant):
    make_tenant("Other")
    assert names(Asker(tenant, key=make_secret_key(tenant)).get(API), "name") == ["Acme"]


@pytest.mark.parametrize("path", ["", "/members", "/keys"])
def test_a_foreign_tenant_is_404_and_so_is_one_that_does_not_exist(owner, path):
    other = make_tenant("Other")
    for tenant_id in (other.id, "5b1c0000-0000-4000-8000-000000000000", "nonsense"):
        assert owner.get(f"{API}/{tenant_id}{path}").status_code == 404
    assert owner.post(f"{API}/{other.id}/keys", {"kind": "secret"}).status_code == 404
    assert owner.patch(f"{API}/{other.id}", {"name": "Mine now"}).status_code == 404
    assert stored(other).name == "Other"


@pytest.mark.parametrize("path", ["", "/members", "/keys"])
def test_nobody_sees_anything_without_signing_in(tenant, path):
    assert Asker(tenant).get(path).status_code == Asker(tenant).get(API).status_code == 401


def test_an_owner_changes_settings_and_others_do_not(tenant, by_role):
    for role in ("viewer", "analyst"):
        assert by_role[role].patch("", {"name": "X"}).status_code == 403
    answer = by_role["owner"].patch("", {"timezone": "Asia/Tokyo", "allowed_origins": ["https://app.example"]})
    assert (answer.status_code, answer.json()["timezone"]) == (200, "Asia/Tokyo")
    assert stored(tenant).allowed_origins == ["https://app.example"]


def test_a_changed_origin_binds_the_next_event(tenant, owner):
    key = make_write_key(tenant).token
    assert auth.find_key(key).tenant.allowed_origins == ()
    owner.patch("", {"allowed_origins": ["https://app.example"]})
    assert auth.find_key(key).tenant.allowed_origins == ("https://app.example",)


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars"},
        {"timezone": "../x"},
        {"allowed_origins": ["app.example"]},
        {"allowed_origins": "x"},
        {"name": ""},
        {"slug": "mine"},
        {"unknown": 1},
        {"drop_bots": "perhaps"},
        {"retain_days": 0},
        {"name": "x" * 201},
    ],
)
def test_a_bad_setting_is_400_and_changes_nothing(tenant, owner, change):
    answer = owner.patch("", change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert set(answer.json()["error"]["details"]) == set(change)
    before = stored(tenant)
    assert (before.name, before.slug, before.timezone, before.allowed_origins) == ("Acme", tenant.slug, "UTC", [])


def test_quotas_are_the_operators(tenant, owner):
    assert owner.patch("", {"events_per_minute": 10}).status_code == 403
    boss = Asker(tenant, make_person("boss", is_superuser=True))
    assert boss.patch("", {"events_per_minute": 10}).json()["events_per_minute"] == 10


def test_only_an_operator_makes_a_tenant(tenant, owner):
    assert owner.post(API, {"name": "New"}).status_code == 403
    boss = make_person("boss", is_superuser=True)
    answer = Asker(tenant, boss).post(API, {"name": "New"})
    assert (answer.status_code, answer.json()["slug"], answer.json()["role"]) == (201, "new", "owner")


def test_a_session_cannot_change_anything_without_a_csrf_token(tenant):
    person = make_person("olga")
    join(person, tenant, "owner")
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.patch(f"{API}/{tenant.id}", {"name": "X"}, "application/json").status_code == 403
    assert stored(tenant).name == "Acme"


def test_a_wrong_method_is_405(owner):
    answer = owner.delete("")
    assert (answer.status_code, "PATCH" in answer["Allow"]) == (405, True)


# --- members --------------------------------------------------------------------------------------------


def test_every_member_sees_who_belongs(by_role):
    for asker in by_role.values():
        assert sorted(names(asker.get("/members"), "role")) == ["analyst", "owner", "viewer"]


@pytest.mark.parametrize("name", ["ada", "ada@example.org", "ADA@example.org"])
def test_an_operator_adds_an_account_by_user_name_or_e_mail(operator, name):
    make_person("ada")
    answer = operator.post("/members", {"user": name, "role": "analyst"})
    assert (answer.status_code, answer.json()["username"], answer.json()["role"]) == (201, "ada", "analyst")


def test_an_unknown_account_a_second_time_and_an_unknown_role_are_400(operator):
    make_person("ada")
    operator.post("/members", {"user": "ada"})
    for body in ({"user": "nobody"}, {"user": "ada"}, {"user": "ada", "role": "king"}, {}, {"user": ""}, []):
        assert operator.post("/members", body).status_code == 400


def test_an_owner_learns_of_no_account_and_a_key_neither(owner, tenant):
    make_person("ada")
    for asker in (owner, Asker(tenant, key=make_secret_key(tenant, scopes=("read", "manage")))):
        known, unknown = (asker.post("/members", {"user": name}) for name in ("ada", "nobody"))
        assert (known.status_code, known.content) == (403, unknown.content)


def test_only_an_owner_changes_who_belongs(by_role, tenant):
    ada = make_person("ada")
    join(ada, tenant, "viewer")
    for role in ("viewer", "analyst"):
        asker = by_role[role]
        assert asker.post("/members", {"user": "ada"}).status_code == 403
        assert asker.patch(f"/members/{ada.pk}", {"role": "owner"}).status_code == 403
        assert asker.delete(f"/members/{ada.pk}").status_code == 403
    assert by_role["owner"].patch(f"/members/{ada.pk}", {"role": "analyst"}).json()["role"] == "analyst"
    assert by_role["owner"].delete(f"/members/{ada.pk}").status_code == 204
    assert by_role["owner"].delete(f"/members/{ada.pk}").status_code == 404


def test_the_last_owner_stays(tenant, owner):
    olga = get_user_model().objects.get(username="olga")
    assert owner.delete(f"/members/{olga.pk}").status_code == 400
    assert owner.patch(f"/members/{olga.pk}", {"role": "viewer"}).status_code == 400
    join(make_person("second"), tenant, "owner")
    assert owner.delete(f"/members/{olga.pk}").status_code == 204
    assert owner.get("/members").status_code == 404


# --- keys -------------------------------------------------------------------------------------------------


def test_a_secret_key_is_shown_once_and_reads_until_it_is_revoked(tenant, owner, client):
    made = owner.post("/keys", {"kind": "secret", "name": "Nightly"}).json()
    bearer = {"authorization": f"Bearer {made['key']}"}
    assert made["scopes"] == ["read"]
    assert client.get("/api/v1/analytics/stats", headers=bearer).status_code == 200
    listed = owner.get("/keys")
    assert made["key"] not in listed.content.decode()
    assert names(listed, "prefix") == [made["prefix"]]
    assert owner.delete(f"/keys/{made['id']}").status_code == 204
    assert client.get("/api/v1/analytics/stats", headers=bearer).status_code == 401
    assert names(owner.get("/keys"), "revoked_at") != [None]


def test_a_write_key_is_public_and_listed(owner):
    made = owner.post("/keys", {"kind": "write"}).json()
    assert made["key"].startswith("obc_pk_")
    assert names(owner.get("/keys"), "key") == [made["key"]]


def test_a_revoked_write_key_sends_nothing_more(owner, client):
    made = owner.post("/keys", {"kind": "write"}).json()
    send = {"data": {"event_name": "x"}, "content_type": "application/json", "headers": {"x-api-key": made["key"]}}
    assert client.post("/api/v1/analytics/events", **send).status_code == 201
    owner.delete(f"/keys/{made['id']}")
    assert client.post("/api/v1/analytics/events", **send).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "x"},
        {"kind": "secret", "scopes": ["all"]},
        {"kind": "secret", "scopes": []},
        {"kind": "write", "scopes": ["read"]},
        {"kind": "write", "token": "obc_pk_mine"},
    ],
)
def test_a_bad_key_is_400(owner, body):
    assert owner.post("/keys", body).status_code == 400


def test_keys_are_made_and_revoked_by_owners_and_seen_by_analysts(tenant, by_role):
    key = make_write_key(tenant)
    for role, seen in (("viewer", 403), ("analyst", 200)):
        assert by_role[role].get("/keys").status_code == seen
        assert by_role[role].post("/keys", {"kind": "write"}).status_code == 403
        assert by_role[role].delete(f"/keys/{key.id}").status_code == 403


def test_a_key_of_another_tenant_is_not_revoked(owner):
    foreign = make_write_key(make_tenant("Other"))
    assert owner.delete(f"/keys/{foreign.id}").status_code == 404
    with operator_scope():
        assert ApiKey.objects.get(id=foreign.id).revoked_at is None


def test_a_secret_key_manages_only_with_the_scope_for_it(tenant):
    reader = Asker(tenant, key=make_secret_key(tenant))
    manager = Asker(tenant, key=make_secret_key(tenant, scopes=("read", "manage")))
    assert (reader.get().status_code, reader.get("/members").status_code) == (200, 200)
    assert (reader.get("/keys").status_code, reader.post("/keys", {"kind": "write"}).status_code) == (403, 403)
    assert reader.patch("", {"name": "X"}).status_code == 403
    assert manager.post("/keys", {"kind": "write"}).status_code == 201
    assert manager.patch("", {"name": "X"}).json()["name"] == "X"
    assert manager.patch("", {"events_per_minute": 1}).status_code == 403
    assert manager.get(f"{API}/{make_tenant('Other').id}").status_code == 404


def test_a_write_key_manages_nothing(tenant):
    asker = Asker(tenant, key=make_write_key(tenant).token)
    assert [asker.get().status_code, asker.get(API).status_code, asker.get("/keys").status_code] == [403, 403, 403]
