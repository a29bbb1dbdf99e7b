"""The builder as a person uses it, in a real browser on a real stack."""

from __future__ import annotations

import itertools
import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.browser import conftest as shared
from tests.browser.conftest import WATCH, WIDE, is_problem
from tests.live import LiveStack

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
browser, signed_in = shared.browser, shared.signed_in
pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, signed_in: Any) -> Iterator[Any]:
    context, problems = browser.new_context(storage_state=signed_in, viewport=WIDE), []
    context.add_init_script(WATCH)
    opened = context.new_page()
    opened.on("console", lambda message: is_problem(message) and problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert problems == []


def event(name: str, who: str) -> dict[str, Any]:
    return {"event_id": str(uuid.uuid4()), "event_name": name, "user_id": who}


def asked(stack: LiveStack, **question: Any) -> dict[str, Any]:
    today = date.today()
    range_ = {"from": str(today - timedelta(days=6)), "to": str(today), "timezone": "UTC"}
    headers = {"Authorization": f"Bearer {stack.secret_key}", "Content-Type": "application/json"}
    body = json.dumps({**question, "range": range_}).encode()
    request = urllib.request.Request(f"{stack.url}/api/v1/analytics/query", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_trend_is_built_read_saved_and_left_by_back(page, live_stack: LiveStack):
    name = f"built_{uuid.uuid4().hex[:8]}"
    live_stack.send(event(name, "ada"), event(name, "ada"), event(name, "bob"))
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    box = page.get_by_role("combobox", name="Events A")
    box.fill(name)
    box.press("Enter")
    page.wait_for_url(f"**{name}**")
    page.get_by_label("Measure").select_option("total")
    page.get_by_text("Table", exact=True).first.click()
    expect(page.locator("#insight-table")).to_be_visible()
    answer = asked(live_stack, kind="trends", series=[{"event": name, "measure": "total"}])
    expect(page.locator("#insight-table tbody")).to_contain_text(str(answer["series"][0]["total"]))
    assert answer["series"][0]["total"] == 3
    page.go_back()
    page.wait_for_load_state()
    assert name in page.url and "chart=table" not in page.url
    page.locator("summary", has_text="Save").click()
    page.locator("#save-name").fill("From the browser")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From the browser")


def test_the_table_beside_a_chart_stays_through_an_edit_a_reload_and_back(page, live_stack: LiveStack):
    live_stack.send(event("page_view", "ada"))
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    page.get_by_role("button", name="Table", exact=True).click()
    assert page.url.endswith("?range=7d&table=insight")
    page.get_by_label("Measure").select_option("sessions")
    page.wait_for_url("**sessions**table=insight")
    expect(page.locator("#insight-table")).to_be_visible()
    page.reload()
    expect(page.locator("#insight-table")).to_be_visible()
    page.go_back()
    expect(page.locator("#insight-table")).to_be_visible()
    assert "sessions" not in page.url


@pytest.mark.parametrize("kind", ["Funnel", "Retention", "Flows", "Lifecycle", "Stickiness"])
def test_each_kind_answers_in_place(page, live_stack: LiveStack, kind):
    live_stack.send(event("page_view", "ada"))
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    expect(page.locator("#insight-title")).to_have_text("Trends")
    page.get_by_role("button", name=kind, exact=True).click()
    if kind == "Funnel":  # its second step is for the person to choose
        box = page.get_by_role("combobox", name="Steps 2")
        box.fill("page_view")
        box.press("Enter")
    expect(page.locator("#insight-title")).to_have_text(kind)


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other(page, live_stack: LiveStack):
    names = [f"end_{number}_{uuid.uuid4().hex[:4]}" for number in range(5)]
    live_stack.send(*(event(name, "ada") for name in names))  # five lines that end in one place
    q = json.dumps({"kind": "trends", "series": [{"event": name} for name in names]})
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=90d&q={urllib.parse.quote(q)}")
    expect(page.locator("#insight svg")).to_be_visible()
    boxes = [page.locator("#insight svg text", has_text=name).bounding_box() for name in names]
    tops = sorted(box["y"] for box in boxes)
    assert all(later - earlier >= 12 for earlier, later in itertools.pairwise(tops)), tops


def test_a_row_that_is_added_takes_the_keyboard_and_one_that_is_removed_gives_it_back(page, live_stack: LiveStack):
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    page.get_by_role("button", name="Filter all events").click()
    expect(page.get_by_role("combobox", name="Property")).to_be_focused()
    page.get_by_role("button", name="Remove this filter").click()
    expect(page.get_by_role("button", name="Filter all events")).to_be_focused()


def test_a_long_question_tells_its_time_and_is_cancelled_and_asked_again(page, live_stack: LiveStack):
    """Its answer is held back on the way; that a cut connection ends the question is test_cancelling.py's."""
    held: list[Any] = []
    page.route("**/insights/result**", lambda route: held.append(route))
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    expect(page.locator("#waiting")).to_contain_text("Asking for")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#waiting")).to_contain_text("Cancelled after")
    expect(page.locator("#result")).to_be_empty()
    page.unroute("**/insights/result**")
    expect(page.get_by_role("button", name="Ask again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#insight-title")).to_have_text("Trends")
    expect(page.locator("#waiting")).to_be_hidden()
    assert len(held) == 1
