"""What each role may change: every form of every page and every address of the API, sent by who may not.

The forms are read off the pages as the owner sees them, so a new form is included by itself; the API's addresses
come from the URL configuration, with every unsafe method and a body of every name that the API's bodies have.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tenants.scope import tenant_scope
from tests.isolation.test_walk import Side, address, fill, fingerprint, routes

pytestmark = pytest.mark.django_db(transaction=True)

UNSAFE = ("post", "put", "patch", "delete")
READS_BY_POST = {
    "api/v1/analytics/query",
    "api/v1/analytics/docs",
    "api/v1/analytics/cohorts/preview",
}  # a question, and a page for anyone
OWN_ACCOUNT = ("login", "logout", "me/", "reset/", "invite/")  # one's own, or a bearer's: tests/tenants/test_links.py
OWNERS_TABLES = ("tenants_apikey", "tenants_invitation", "tenants_membership", "tenants_passwordreset")
QUESTION = {"kind": "trends", "series": [{"event": "*"}]}
# every name that a body of the API or a form knows, with a value that would do
BODY: dict[str, Any] = {
    "name": "forged", "title": "forged", "question": QUESTION, "q": QUESTION, "role": "owner", "user": "nobody",
    "kind": "secret", "text": "forged", "day": "2026-11-20", "shared": True, "layout": [], "timezone": "Asia/Tokyo",
    "description": "forged", "hidden": True, "verified": True, "alias": "x", "definition": {}, "version": 0,
}  # fmt: skip


class Forms(HTMLParser):
    """(action, fields) of each form that posts, and of each htmx request that is not a GET."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._path, self._open = path, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "get").lower() == "post" or "hx-post" in given
            if self._open:
                self.found.append((given.get("hx-post") or given.get("action") or self._path, {}))
        elif "hx-post" in given:
            self.found.append((given["hx-post"], {}))
        elif tag in {"input", "select", "textarea", "button"} and self._open and given.get("name"):
            self.found[-1][1].setdefault(given["name"], given.get("value") or "forged")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


def client_of(side: Side, role: str) -> Client:
    client = Client()
    client.force_login(side.people[role])
    return client


def pages(side: Side) -> list[str]:
    return [address(template, names, side) for template, names in routes() if template.startswith("t/")]


def forms_of(side: Side) -> list[tuple[str, dict[str, str]]]:
    """Every form that the owner sees; sign-out and theme are one's own."""
    owner, found = client_of(side, "owner"), {}
    for path in pages(side):
        for headers in ({}, {"HX-Request": "true"}):
            answer = owner.get(path, headers=headers)
            if answer.status_code != 200 or answer.streaming or "text/html" not in answer["Content-Type"]:
                continue
            for action, fields in Forms(answer.content.decode(), path).found:
                if not action.lstrip("/").startswith(OWN_ACCOUNT):
                    found[action, json.dumps(fields, sort_keys=True).partition("csrf")[0]] = (action, fields)
    return list(found.values())


def api(side: Side) -> list[str]:
    known = [(template, names) for template, names in routes() if template.startswith("api/v1/")]
    return [address(template, names, side) for template, names in known if template.rstrip("/") not in READS_BY_POST]


def send_everything(client: Client, side: Side, forms: list[tuple[str, dict[str, str]]]) -> list[str]:
    """Ask with everything that could change something; what was answered with success."""
    done = []
    for path, fields in forms:
        if client.post(path, fields).status_code < 300:
            done.append(f"form {path} {fields}")
    for path in pages(side):
        for method in UNSAFE:
            getattr(client, method)(path, json.dumps(BODY), content_type="application/json")
            client.generic(method.upper(), path, "action=forged&name=forged", "application/x-www-form-urlencoded")
    for path in api(side):
        for method in UNSAFE:
            for body in (BODY, QUESTION, {"name": "forged", "question": QUESTION}):
                query = f"{path}?tenant_id={side.tenant.id}"
                answer = getattr(client, method)(query, json.dumps(body), content_type="application/json")
                if answer.status_code < 300:
                    done.append(f"{method} {path}")
    return done


def rows_of(side: Side, tables: tuple[str, ...]) -> str:
    with tenant_scope(side.tenant.id), connection.cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t WHERE tenant_id = %s ORDER BY 1', [side.tenant.id])
            found += cursor.fetchall()
        cursor.execute("SELECT t::text FROM tenants_tenant t WHERE id = %s", [side.tenant.id])
        return repr(found + cursor.fetchall())


@pytest.fixture
def side():
    return fill("a", "ours-a")


def test_the_walk_sees_the_forms_and_they_do_change_something(side):
    forms = forms_of(side)
    actions = {action.partition("?")[0].rsplit("/t/tenant-a/")[-1] for action, _ in forms}
    assert {"settings/general/", "settings/members/", "settings/keys/", "data/quarantine/"} <= actions
    before = fingerprint(side)
    send_everything(client_of(side, "owner"), side, forms)
    assert fingerprint(side) != before


def test_a_viewer_changes_nothing_by_any_form_address_or_method(side):
    forms, before = forms_of(side), fingerprint(side)
    done = send_everything(client_of(side, "viewer"), side, forms)
    assert fingerprint(side) == before, done


def test_an_analyst_changes_no_setting_member_or_key(side):
    forms, before = forms_of(side), rows_of(side, OWNERS_TABLES)
    send_everything(client_of(side, "analyst"), side, forms)
    assert rows_of(side, OWNERS_TABLES) == before


def test_an_outsider_changes_nothing_and_gets_nothing(side):
    other = fill("b", "ours-b")
    forms, before = forms_of(side), fingerprint(side)
    assert send_everything(client_of(other, "owner"), side, forms) == []
    assert send_everything(Client(), side, forms) == []
    assert fingerprint(side) == before
