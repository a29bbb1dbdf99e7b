"""The pages of a tenant's settings."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from tenants.models import Membership, Tenant
from tenants.scope import operator_scope
from tests.dashboards.conftest import PASSWORD
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, send


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


@pytest.fixture
def owner(sign_in, tenant):
    return sign_in(tenant)


def post(client, tenant, page, **fields):
    return client.post(f"/t/{tenant.slug}/settings/{page}/", fields)


def stored(tenant):
    with operator_scope():
        return Tenant.objects.get(id=tenant.id)


def test_a_name_and_a_zone_are_saved(owner, tenant):
    assert post(owner, tenant, "general", name="New name", timezone="Asia/Tokyo", drop_bots="on").status_code == 302
    assert (stored(tenant).name, stored(tenant).timezone, stored(tenant).drop_bots) == ("New name", "Asia/Tokyo", True)
    assert b"New name" in owner.get(f"/t/{tenant.slug}/settings/general/").content


@pytest.mark.parametrize("bad", [{"timezone": "Mars/Base"}, {"name": ""}, {"name": "x" * 201}, {"name": "a\x00b"}])
def test_bad_general_settings_change_nothing_and_say_why(owner, tenant, bad):
    response = post(owner, tenant, "general", **{"name": "Ok", "timezone": "UTC", **bad})
    assert response.status_code == 422
    assert b'class="problems"' in response.content
    assert stored(tenant).name == "Acme Research"


def test_origins_are_one_a_line(owner, tenant):
    post(owner, tenant, "origins", allowed_origins="https://app.example/\n\n https://*.example \nhttps://app.example")
    assert stored(tenant).allowed_origins == ["https://app.example", "https://*.example"]


@pytest.mark.parametrize("bad", ["app.example", "https://app.example/path", "javascript:alert(1)", "https://a\n<b>"])
def test_what_is_no_origin_is_refused_and_shown_again(owner, tenant, bad):
    response = post(owner, tenant, "origins", allowed_origins=bad)
    assert response.status_code == 422
    assert holes(response) == []
    assert stored(tenant).allowed_origins == []


@pytest.mark.django_db(transaction=True)
def test_retention_tells_what_is_kept_and_has_no_control(owner, tenant):
    send(tenant, make_event(), make_event(), {"event_name": ""})
    page = owner.get(f"/t/{tenant.slug}/settings/retention/").content.decode()
    assert re.search(r"Events, with all.*?>2<", page, re.S)
    assert re.search(r"Quarantined.*?>1<", page, re.S)
    assert 'method="post" action="/t/' not in page


# --- members ------------------------------------------------------------------------------------------


def invited(owner, tenant, role="viewer", note="Ada"):
    shown = post(owner, tenant, "members", action="invite", role=role, note=note).content.decode()
    return re.search(r"/invite/[\w-]+", shown).group()


def member(tenant, user):
    with operator_scope():
        return Membership.objects.filter(tenant=tenant, user=user).first()


def test_an_invitation_is_shown_once_and_its_bearer_makes_an_account(owner, tenant):
    link = invited(owner, tenant, "analyst")
    assert link not in owner.get(f"/t/{tenant.slug}/settings/members/").content.decode()
    guest = Client()
    assert b"Acme Research" in guest.get(link).content
    fields = {"action": "create", "username": "ada", "password1": PASSWORD, "password2": PASSWORD}
    assert guest.post(link, fields)["Location"] == f"/t/{tenant.slug}/overview/"
    assert member(tenant, get_user_model().objects.get(username="ada")).role == "analyst"
    assert Client().get(link).status_code == 404


def test_one_who_has_an_account_joins_with_it(owner, tenant, make_person):
    link, user = invited(owner, tenant), make_person()
    client = Client()
    assert f"/login?next={link}" in client.get(link).content.decode()
    client.force_login(user)
    assert client.post(link, {"action": "join"}).status_code == 302
    assert member(tenant, user).role == "viewer"


def test_a_refused_form_makes_no_account_and_leaves_the_link_good(owner, tenant):
    link = invited(owner, tenant)
    response = Client().post(link, {"action": "create", "username": "ada", "password1": "short", "password2": "short"})
    assert response.status_code == 422
    assert not get_user_model().objects.filter(username="ada").exists()
    assert Client().get(link).status_code == 200


def test_an_owner_learns_nothing_of_accounts_and_a_bearer_is_braked_who_tries_names(owner, tenant, make_person):
    taken = make_person().get_username()
    one, other = (
        post(owner, tenant, "members", action="invite", role="viewer", note=note).content.decode()
        for note in (taken, "nobody-of-that-name")
    )
    hide = re.compile(r"/invite/[\w-]+|[\w-]{36}|csrfmiddlewaretoken\" value=\"\w+\"|\d+:\d+:\d+|" + taken)
    assert len(hide.sub("", one)) <= len(hide.sub("", other))
    link, guest = invited(owner, tenant), Client()
    fields = {"action": "create", "username": taken, "password1": PASSWORD, "password2": PASSWORD}
    for _ in range(10):
        assert b"already exists" in guest.post(link, fields).content
    assert b"Too many attempts" in guest.post(link, fields).content


@pytest.mark.parametrize("action", ["remove", "role"])
def test_the_last_owner_stays_owner(owner, tenant, action):
    user_id = owner.session["_auth_user_id"]
    response = post(owner, tenant, "members", action=action, member=user_id, role="viewer")
    assert response.status_code == 422
    assert b"at least one owner" in response.content
    assert member(tenant, get_user_model().objects.get(pk=user_id)).role == "owner"


def test_a_role_is_changed_and_a_member_removed(owner, tenant, make_person):
    user = make_person((tenant, "viewer"))
    post(owner, tenant, "members", action="role", member=user.pk, role="analyst")
    assert member(tenant, user).role == "analyst"
    post(owner, tenant, "members", action="remove", member=user.pk)
    assert member(tenant, user) is None


def test_a_reset_link_lets_its_bearer_choose_a_password_and_signs_in(owner, tenant, make_person):
    user = make_person((tenant, "viewer"))
    shown = post(owner, tenant, "members", action="reset", member=user.pk).content.decode()
    link, client = re.search(r"/reset/[\w-]+", shown).group(), Client()
    assert client.post(link, {"password": "a new long phrase", "again": "another"}).status_code == 422
    assert client.post(link, {"password": "a new long phrase", "again": "a new long phrase"}).status_code == 302
    assert client.get(f"/t/{tenant.slug}/overview/").status_code == 200
    assert client.get(link).status_code == 404


@pytest.mark.parametrize("member", ["", "x", "-1", "9" * 30, "²"])
@pytest.mark.parametrize("action", ["remove", "role", "reset"])
def test_a_forged_member_is_not_found(owner, tenant, action, member):
    assert post(owner, tenant, "members", action=action, member=member, role="viewer").status_code == 404


@pytest.mark.parametrize("fields", [{"action": "invite", "role": "root"}, {"action": "nonsense"}, {}])
def test_a_forged_action_is_refused(owner, tenant, fields):
    assert post(owner, tenant, "members", **fields).status_code == 422


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_note_and_name_render_as_text(owner, tenant, make_person, text):
    get_user_model().objects.filter(pk=make_person((tenant, "viewer")).pk).update(username=text[:150])
    response = post(owner, tenant, "members", action="invite", role="viewer", note=text[:100])
    assert response.status_code == 200
    assert holes(response) == []


@pytest.mark.parametrize("path", ["/invite/nonsense", "/reset/nonsense", "/invite/%00", "/reset/" + "x" * 3000])
def test_a_dead_link_says_so_and_is_not_indexed(db, path):
    response = Client().get(path)
    assert response.status_code == 404
    assert b"not good any more" in response.content
    assert response["X-Robots-Tag"] == "noindex"
