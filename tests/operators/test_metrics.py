"""/metrics: for the token's holder, and for this machine when it speaks for itself."""

from __future__ import annotations

import pytest
from django.test import Client

TOKEN = "scrape-me"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.9"


def ask(address=ELSEWHERE, **headers):
    return Client(REMOTE_ADDR=address).get("/metrics", headers=headers)


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


@pytest.mark.parametrize("address", [HERE, "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_ask(address):
    response = ask(address)
    assert response.status_code == 200 and "obc_events_total" in response.content.decode()


@pytest.mark.parametrize("address", [ELSEWHERE, "10.0.0.1", "::ffff:203.0.113.9", "", "unix:"])
def test_nobody_else_may_without_the_token(address):
    assert ask(address).status_code == 403


def test_the_tokens_holder_may_from_anywhere():
    assert ask(Authorization=f"Bearer {TOKEN}").status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic scrape-me", "Bearer \u00e9"])
def test_another_token_does_not_help(header):
    assert ask(Authorization=header).status_code == 403


@pytest.mark.parametrize("header", ["Bearer ", "Bearer"])
def test_without_a_token_in_the_settings_no_token_helps(settings, header):
    settings.METRICS_TOKEN = ""
    assert ask(Authorization=header).status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxy_on_this_machine_is_not_this_machine(header):
    assert ask(HERE, **{header: "somebody"}).status_code == 403


def test_behind_a_trusted_proxy_the_real_client_counts(settings):
    settings.BEHIND_PROXY = True  # the edge has put the client's address in already
    assert ask(HERE, **{"X-Forwarded-For": HERE}).status_code == 200
    assert ask(ELSEWHERE, **{"X-Forwarded-For": ELSEWHERE}).status_code == 403


def test_a_real_process_counts_what_it_stored(live_stack):
    live_stack.send({"event_name": "counted"})
    status, text = live_stack.request("GET", "/metrics")
    assert status == 200
    assert 'obc_events_total{door="http",outcome="ok"}' in text
    assert live_stack.tenant_id not in text
