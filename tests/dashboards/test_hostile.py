"""What clients send is hostile: nothing of it may become markup, a script's address or a link that lies."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from dashboards.templatetags.obc import LONGEST, clip, link
from tests.dashboards import answers
from tests.factories import make_event, make_tenant, send

CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% include 'x' %}",
    "\u202egnp.exe\u2066",
    "'; DROP TABLE analytics_events; --",
    "data:text/html,<script>alert(1)</script>",
    "https://user:pass@evil.example/",
    "é\u0301" * 5_000,
]


class Holes(HTMLParser):
    """What a page has that ours never have: images, frames, handlers, styles, scripts with a body, odd links."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"img", "iframe", "object", "embed", "style", "base"}:
            self.found.append(tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("script")
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        if href := given.get("href", ""):
            ours = re.match(r"(?:/(?!/)|\?|#|$)", href)
            if not ours and (link(href) != href or "noreferrer" not in given.get("rel", "")):
                self.found.append(href)


def holes(response) -> list[str]:
    return Holes(response.content).found


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_hostile_becomes_markup_on_the_overview(tenant, sign_in, monkeypatch, text):
    monkeypatch.setattr("dashboards.views.overview.dashboard", lambda *args: answers.dashboard_answer(text=text))
    response = sign_in(tenant).get(f"/t/{tenant.slug}/overview/panels")
    assert response.status_code == 200
    assert holes(response) == []


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_hostile_becomes_markup_among_the_connections(tenant, sign_in, monkeypatch, text):
    monkeypatch.setattr("dashboards.views.connections.snapshot", lambda tenant_id: answers.connections_answer(text))
    response = sign_in(tenant).get(f"/t/{tenant.slug}/data/connections/")
    assert response.status_code == 200
    assert holes(response) == []


@pytest.mark.django_db(transaction=True)
def test_hostile_events_that_were_really_stored_render_as_text(tenant, sign_in):
    events = [
        make_event(
            text[:255], page_url=text, referrer=text, user_id=text[:255], properties={text[:200]: text, "path": text}
        )
        for text in CORPUS
    ]
    assert send(tenant, *events).as_dict()["accepted"] == len(CORPUS)
    client = sign_in(tenant)
    for page in ("overview/panels", "overview/", "install/", "install/status", "data/delivery/", "live/"):
        response = client.get(f"/t/{tenant.slug}/{page}")
        assert response.status_code == 200
        assert holes(response) == [], page


def test_a_hostile_tenant_name_renders_as_text(db, sign_in):
    tenant = make_tenant('"><script>alert(1)</script>\u202e')
    for page in ("overview/", "data/delivery/", "install/"):
        assert holes(sign_in(tenant).get(f"/t/{tenant.slug}/{page}")) == []


def test_a_hostile_query_string_is_told_as_text(tenant, sign_in):
    response = sign_in(tenant).get(f"/t/{tenant.slug}/overview/", {"range": CORPUS[0], "tz": CORPUS[1]})
    assert response.status_code == 200
    assert holes(response) == []
    assert b'role="alert"' in response.content


@pytest.mark.parametrize("safe", ["https://app.example/a?b=c", "http://localhost:3000/"])
def test_plain_web_addresses_become_links(safe):
    assert link(safe) == safe


@pytest.mark.parametrize(
    "unsafe",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x"),
        *("//evil.example", "/path", "", None, "https://", "http://[", "https://user:pass@evil.example/"),
        "https://a.example/" + "x" * 3000,
    ],
)
def test_no_other_address_becomes_a_link(unsafe):
    assert link(unsafe) == ""


def test_a_huge_text_is_cut_with_its_length_told():
    assert clip("x" * 100_000) == "x" * LONGEST + "… (100,000 characters)"
    assert clip("short") == "short"
