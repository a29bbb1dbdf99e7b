from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from dashboards import attempts
from tests.dashboards.conftest import PASSWORD
from tests.factories import make_tenant


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


def log_in(user, password=PASSWORD, **fields):
    return Client().post("/login", {"username": user.username, "password": password, **fields})


def test_it_signs_in_and_goes_where_the_visitor_wanted(make_person):
    assert log_in(make_person(), next="/t/acme/live/")["Location"] == "/t/acme/live/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_it_never_leads_to_another_site(make_person, target):
    assert log_in(make_person(), next=target)["Location"] == "/t/"


def test_it_says_the_same_for_a_wrong_name_and_a_wrong_password(make_person):
    user = make_person()
    wrong_password = log_in(user, "not it")
    user.username = "nobody"
    wrong_name = log_in(user, "not it")
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert b"Name or password is wrong" in wrong_password.content
    assert b"Name or password is wrong" in wrong_name.content


def test_it_brakes_guesses_for_one_name_and_lets_others_in(make_person):
    victim, other = make_person(), make_person()
    for _ in range(attempts.PER_NAME):
        assert log_in(victim, "guess").status_code == 401
    braked = log_in(victim)
    assert braked.status_code == 429
    assert braked["Retry-After"] == str(attempts.WINDOW_S)
    assert log_in(other).status_code == 302


def test_it_refuses_an_account_that_was_deactivated(make_person):
    assert log_in(make_person(is_active=False)).status_code == 401


def test_it_signs_out_by_post_only(sign_in, tenant):
    client = sign_in(tenant)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 302
    assert client.get("/t/")["Location"] == "/login?next=/t/"


def test_it_opens_the_only_tenant_at_once(sign_in, tenant):
    assert sign_in(tenant).get("/t/")["Location"] == f"/t/{tenant.slug}/overview/"


def test_it_lets_a_member_of_several_tenants_choose(make_person, tenant):
    client = Client()
    client.force_login(make_person((tenant, "owner"), (make_tenant("Second"), "viewer")))
    page = client.get("/t/").content.decode()
    assert "Acme Research" in page
    assert "/t/second" in page


def test_it_tells_who_belongs_to_no_tenant_what_to_do(sign_in):
    assert "tenant create" in sign_in().get("/t/").content.decode()


def test_it_changes_the_password_and_ends_other_sessions(make_person):
    user = make_person()
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.force_login(user)
    fields = {"old_password": PASSWORD, "new_password1": "quite another one", "new_password2": "quite another one"}
    assert here.post("/me/", fields).status_code == 302
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert get_user_model().objects.get(pk=user.pk).check_password("quite another one")


def test_it_says_what_is_wrong_with_a_new_password(sign_in):
    fields = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    response = sign_in().post("/me/", fields)
    assert response.status_code == 422
    assert b"too short" in response.content


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_renders_the_chosen_theme_into_the_first_byte(theme):
    client = Client()
    client.post("/me/theme", {"theme": theme, "next": "/login"})
    assert f'data-theme="{theme}"'.encode() in client.get("/login").content


def test_it_follows_the_system_without_a_choice_and_ignores_a_forged_one():
    client = Client()
    assert b"data-theme=" not in client.get("/login").content
    client.cookies["obc_theme"] = '"><script>'
    assert b"data-theme=" not in client.get("/login").content
