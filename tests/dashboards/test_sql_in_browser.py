"""The editor of SQL as a person uses it: words completed at the caret, asked by keys, drawn, saved."""

from __future__ import annotations

import uuid

import pytest

from tests.dashboards import test_in_browser as in_browser
from tests.live import LiveStack

expect = pytest.importorskip("playwright.sync_api").expect
browser, signed_in, open_page = in_browser.browser, in_browser.signed_in, in_browser.open_page
pytestmark = pytest.mark.browser


def test_a_statement_is_completed_asked_drawn_and_saved(open_page, live_stack: LiveStack):
    name = f"sql_{uuid.uuid4().hex[:8]}"
    properties = {f"{name} kept": "yes"}
    live_stack.send(*[{"event_name": name, "user_id": who, "properties": properties} for who in ("ada", "bob", "ada")])
    page = open_page("sql/")
    page.get_by_text("Properties", exact=True).wait_for()
    expect(page.locator(f"[data-name='{name} kept']")).to_have_count(1)
    editor = page.locator("#sql")
    editor.click()
    page.keyboard.type("SELECT event_n")
    expect(page.locator("#picker [aria-selected=true]")).to_contain_text("event_name")
    page.keyboard.press("Tab")
    page.keyboard.type(", count(*) AS n, count(DISTINCT who) AS people\nFROM events WHERE ")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.keyboard.type(f" = 'yes' AND event_name = '{name}' GROUP BY ALL")
    written = editor.input_value()
    assert written.splitlines()[1].startswith(f"FROM events WHERE (properties->>'/{name} kept') = 'yes'")
    page.keyboard.press("Control+Enter")
    cells = page.locator("#insight-table tbody td")
    expect(cells).to_have_text([name, "3", "2"])
    page.get_by_text("Bar", exact=True).click()
    expect(page.locator("#insight svg").first).to_be_visible()
    assert "chart=bar" in page.url and "sql=SELECT" in page.url
    page.locator("summary", has_text="Save").click()
    page.locator("#save-name").fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(editor).to_have_value(written)
    expect(page.locator("#changed")).to_be_hidden()
    editor.press("End")
    editor.type(" ")
    expect(page.locator("#changed")).to_be_visible()
