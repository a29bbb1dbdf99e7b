"""Names and values offered while one types: by keyboard and pointer, in the builder and in the filter bar."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.dashboards.insights.test_builder_by_keyboard import edited
from tests.live import LiveStack

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser
NAME = f"picked_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module", autouse=True)
def sent(live_stack: LiveStack) -> None:
    values = ["team", "team", "team", "free", "free", '"so"', "5"]
    live_stack.send(
        *[{"event_id": str(uuid.uuid4()), "event_name": NAME, "properties": {NAME: value}} for value in values]
    )
    query = urlencode({"kind": "property", "name": NAME})
    headers = {"Authorization": f"Bearer {live_stack.secret_key}", "Content-Type": "application/json"}
    body = json.dumps({"description": "What they pay for", "verified": True}).encode()
    address = f"{live_stack.url}/api/v1/analytics/dictionary?{query}"
    urllib.request.urlopen(urllib.request.Request(address, body, headers, method="PATCH")).close()


def options(page: Any) -> Any:
    """What is offered now: a closed list still has what it had."""
    return page.locator("#picker:not([hidden]) [role=option]")


def test_the_builder_offers_described_properties_and_their_values(visit: Any, live_stack: LiveStack):
    question = {
        "kind": "trends",
        "series": [{"event": NAME}],
        "filters": [{"property": "$browser", "op": "not_in", "value": ["a"]}],
    }
    page = visit(f"/t/{live_stack.slug}/insights/new?{urlencode({'q': json.dumps(question)})}")
    box = page.get_by_role("combobox", name="Property", exact=True).first
    box.fill("")
    expect(options(page).nth(1)).to_be_visible()
    expect(options(page).first.locator("bdi")).to_have_text(NAME)  # what the chosen event has comes before all else
    box.fill("they pay")
    expect(options(page)).to_have_count(1)
    shown = options(page).inner_text()
    assert "".join(shown.split()) == f"{NAME}✓verifiedWhattheypayfor"
    edited(page, options(page).click)
    expect(box).to_have_value(NAME)
    expect(box).to_be_focused()
    expect(options(page)).to_have_count(0)  # over the form that came back lies no list
    value = page.get_by_role("combobox", name="Value", exact=True).first
    value.fill("")
    expect(options(page).locator("bdi")).to_have_text(["team", "free", json.dumps('"so"'), "5"])
    value.press("ArrowDown")
    value.press("ArrowDown")
    assert value.get_attribute("aria-activedescendant") == "picker-1"
    assert value.get_attribute("aria-expanded") == "true"
    edited(page, lambda: value.press("Enter"))
    expect(page.get_by_role("combobox", name="Value", exact=True).first).to_have_value("free")
    edited(page, page.get_by_role("button", name="or another value").click)
    expect(page.get_by_role("combobox", name="Value, or 1")).to_be_focused()
    left = ["team", json.dumps('"so"'), "5"]  # without the one that is chosen
    expect(options(page).locator("bdi")).to_have_text(left)


def test_who_clicks_into_a_chosen_name_and_types_looks_for_another(visit: Any, live_stack: LiveStack):
    question = {"kind": "trends", "series": [{"event": "*"}]}
    page = visit(f"/t/{live_stack.slug}/insights/new?{urlencode({'q': json.dumps(question)})}")
    box = page.get_by_role("combobox", name="Events A")
    box.click()
    page.keyboard.type(NAME[:-1])
    expect(box).to_have_value(NAME[:-1])
    expect(options(page)).to_have_count(1)


def test_a_late_list_takes_no_mark_away_and_enter_asks_once(visit: Any, live_stack: LiveStack):
    """The mark was lost with the list that the answer to the last letter replaced; Enter then asked for what was
    typed, and twice: for the change and for the submit."""
    filters = [{"property": NAME, "op": "is", "value": "free"}]
    question = {"kind": "trends", "series": [{"event": NAME}], "filters": filters}
    page = visit(f"/t/{live_stack.slug}/insights/new?{urlencode({'q': json.dumps(question)})}")
    value = page.get_by_role("combobox", name="Value", exact=True)
    value.fill("")
    expect(options(page)).to_have_count(4)
    value.evaluate("""(input) => {
        input.value = 'te'
        input.dispatchEvent(new Event('input', { bubbles: true }))
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))
    }""")
    expect(options(page).locator("bdi")).to_have_text(["team"])
    expect(options(page)).to_have_attribute("aria-selected", "true")
    expect(value).to_have_attribute("aria-activedescendant", "picker-0")
    page.keyboard.type("a")
    expect(options(page)).to_have_attribute("aria-selected", "false")
    edited(page, lambda: page.keyboard.press("Enter"))
    expect(value).to_have_value("tea")


def test_the_filter_bar_takes_several_values_from_the_list(visit: Any, live_stack: LiveStack):
    page = visit(f"/t/{live_stack.slug}/events/?range=7d", "phone")
    page.locator("[data-filter-menu] > summary").click()
    page.get_by_label("Property", exact=True).fill(NAME[:10])
    expect(options(page)).to_have_count(1)
    page.get_by_label("Property", exact=True).press("ArrowDown")
    page.get_by_label("Property", exact=True).press("Enter")
    assert page.get_by_label("Property", exact=True).input_value() == NAME
    page.get_by_label("Comparison").select_option("in")
    page.get_by_label("Value", exact=True).fill("TE")
    expect(options(page)).to_have_text(["team3"])
    page.get_by_label("Value", exact=True).press("ArrowDown")
    page.get_by_label("Value", exact=True).press("Enter")
    page.get_by_role("button", name="or another value").click()
    expect(options(page).first).to_have_text("free2")  # without the one that is chosen
    page.get_by_label("Value, or 1").press("ArrowDown")
    page.get_by_label("Value, or 1").press("Enter")
    page.get_by_role("button", name="Add the filter").click()
    page.wait_for_url("**f=*")
    assert parse_qs(urlsplit(page.url).query)["f"] == [f'{NAME}~in~["team", "free"]']
    assert page.locator(".chip").inner_text().startswith(f"{NAME} is one of team, free")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.locator("[data-filter-menu] > summary").click()
    page.get_by_label("Comparison").select_option("is_set")
    expect(page.get_by_label("Value", exact=True)).to_be_disabled()
