"""Who may open which page. The walk takes every page of a tenant, new ones included; tests/isolation all addresses."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboards import urls
from tests.factories import make_tenant

OWNERS_ONLY = {f"settings/{page}/" for page in ("general", "members", "keys", "origins", "retention")}
OF_ONE = {"events/detail", "people/profile", "sessions/detail"}  # of one thing, named by ?id=
# these take a form, or a parameter; with which role, their own tests say
ACTIONS = {
    *("boards/new", "boards/notes/new", "boards/onto", "cohorts/edit", "cohorts/save", "cohorts/of-people"),
    *("insights/edit", "insights/explain", "insights/save", "people-behind", "people/merge", "people/undo"),
    *("sql/csv", "sql/result", "sql/save"),
}
PAGES = sorted(
    str(pattern.pattern).removeprefix("t/<slug:slug>/")
    for pattern in urls.urlpatterns
    if str(pattern.pattern).startswith("t/<slug:slug>/") and "<" not in str(pattern.pattern)[len("t/<slug:slug>/") :]
)


def test_it_walks_the_pages_of_a_tenant():
    assert {"", "overview/", "live/", "data/delivery/", "settings/keys/"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_it_sends_who_is_not_signed_in_to_the_login(tenant, page):
    response = Client().get(f"/t/{tenant.slug}/{page}")
    assert response.status_code == 302
    assert response["Location"] == f"/login?next=/t/{tenant.slug}/{page}"


@pytest.mark.parametrize("page", PAGES)
def test_it_shows_a_stranger_the_same_as_an_absent_tenant(tenant, sign_in, page):
    stranger = sign_in(make_tenant("Elsewhere"))
    theirs, absent = stranger.get(f"/t/{tenant.slug}/{page}"), stranger.get(f"/t/no-such-tenant/{page}")
    assert (theirs.status_code, absent.status_code) == (404, 404)
    assert theirs.content == absent.content


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ACTIONS])
@pytest.mark.parametrize("role", ["viewer", "analyst", "owner"])
def test_it_respects_the_role(tenant, sign_in, role, page):
    status = sign_in(tenant, role).get(f"/t/{tenant.slug}/{page}").status_code
    if page in OWNERS_ONLY and role != "owner":
        assert status == 403
    else:
        assert status == (302 if page == "" else 404 if page in OF_ONE else 200)


def test_it_hides_the_link_to_what_a_role_may_not_open(tenant, sign_in):
    address = f"/t/{tenant.slug}/install/"
    assert "settings/keys/" not in sign_in(tenant, "analyst").get(address).content.decode()
    assert "settings/keys/" in sign_in(tenant, "owner").get(address).content.decode()


def test_a_section_is_one_line_of_the_rail_and_its_pages_are_tabs(tenant, sign_in):
    client = sign_in(tenant, "viewer")
    live, delivery = (client.get(f"/t/{tenant.slug}/{page}").content.decode() for page in ("live/", "data/delivery/"))
    assert "data/connections/" not in live
    assert re.search(r'data/delivery/" aria-current="page">Delivery<', delivery)
    assert "data/connections/" in delivery


def test_it_forgets_nothing_of_a_tenant_in_caches(tenant, sign_in):
    response = sign_in(tenant).get(f"/t/{tenant.slug}/overview/")
    assert "no-store" in response["Cache-Control"]


def test_it_sends_a_strict_content_security_policy(tenant, sign_in):
    policy = sign_in(tenant).get(f"/t/{tenant.slug}/overview/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
