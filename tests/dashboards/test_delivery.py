from __future__ import annotations

import re

import pytest

from tests.dashboards import answers
from tests.factories import GOOGLEBOT, make_event, make_sender, send


@pytest.fixture
def page(sign_in, tenant):
    client = sign_in(tenant, "viewer")
    return lambda query="": client.get(f"/t/{tenant.slug}/data/delivery/{query}").content.decode()


@pytest.mark.django_db(transaction=True)
def test_every_event_received_has_its_outcome_on_the_page(tenant, page):
    again = make_event()
    send(tenant, make_event(), again, make_event(properties={"a": "\x00"}))
    send(tenant, again)
    send(tenant, {"event_id": "nameless"})
    send(tenant, make_event(), sender=make_sender(tenant, user_agent=GOOGLEBOT))
    shown = page()
    assert "3 + 1 + 1 + 1 = 6" in " ".join(shown.split())
    assert "Adds up to the unit" in shown
    for reason in ("missing_name", "bot", "sanitised"):
        assert f"<code>{reason}</code>" in shown


def test_it_says_loudly_when_the_parts_do_not_make_the_whole(page, monkeypatch):
    def broken(*args):
        answer = answers.ledger_answer(days=7)
        answer["totals"]["received"] += 1
        return answer

    monkeypatch.setattr("dashboards.views.delivery.ledger", broken)
    shown = page()
    assert "Does not add up" in shown
    assert "Adds up to the unit" not in shown


def test_it_shows_hours_for_a_day(page):
    assert "Received, by hour" in page("?range=24h")


def test_it_tells_an_empty_tenant_what_to_do(page):
    shown = page()
    assert "Nothing was received in this range" in shown
    assert "0 + 0 + 0 + 0 = 0" in " ".join(shown.split())


def test_it_compares_with_what_clients_report(page, monkeypatch):
    monkeypatch.setattr("dashboards.views.delivery.ledger", lambda *args: answers.ledger_answer(days=7))
    shown = page()
    assert "storage_full" in shown
    assert ">29<" in shown  # 40,312 tracked − 40,280 acknowledged − 3 dropped


@pytest.mark.django_db(transaction=True)
def test_it_shows_per_client_what_never_arrived(tenant, page):
    counters = {"document_id": "doc-1", "tracked": 20, "acked": 12, "dropped": {"overflow": 3}}
    send(tenant, make_event(), client=counters)
    cells = page().partition("doc-1")[2].partition("</tr>")[0]
    assert re.findall(r"number\">(?:<strong>)?(\d+)", cells) == ["20", "12", "3", "5"]
