"""What a person does with an answer: takes series away, opens a number's people, takes it along as a file."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.dashboards.insights import test_builder_in_browser as builder
from tests.live import LiveStack

expect = pytest.importorskip("playwright.sync_api").expect
browser, signed_in, page = builder.browser, builder.signed_in, builder.page
pytestmark = pytest.mark.browser


@pytest.fixture
def answered(page: Any, live_stack: LiveStack) -> Any:
    """A trend of two lines: three events of two people, and one; one name is a spreadsheet's formula."""
    name = f"=cmd{uuid.uuid4().hex[:8]}"
    live_stack.send(*[builder.event(name, who) for who in ("ada", "ada", "bob")], builder.event(f"{name}2", "cid"))
    question = {"kind": "trends", "series": [{"event": name}, {"event": f"{name}2"}]}
    address = f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d&q={quote(json.dumps(question))}"
    page.goto(address)
    expect(page.locator("#insight svg").first).to_be_visible()
    return page


def test_a_series_is_taken_away_and_comes_back(answered):
    key = answered.locator("[data-chart-series]").first
    lines = answered.locator("#insight svg path")
    before = lines.count()
    key.press("Enter")
    expect(key).to_have_attribute("aria-pressed", "false")
    assert lines.count() < before
    key.click()
    expect(key).to_have_attribute("aria-pressed", "true")


def test_a_number_opens_the_people_behind_it(answered):
    answered.get_by_role("button", name="Table").first.click()
    number = answered.locator("#insight-table .pick", has_text="3").first
    number.press("Enter")
    for who in ("ada", "bob"):
        expect(answered.get_by_role("link", name=who).first).to_be_visible()


def test_the_table_is_a_csv_file_without_formulas(answered, tmp_path: Path):
    answered.get_by_label("Download Trends").click()
    with answered.expect_download() as coming:
        answered.get_by_role("button", name="CSV, exact numbers").click()
    coming.value.save_as(tmp_path / "file.csv")
    head, *rows = (tmp_path / "file.csv").read_text("utf-8-sig").splitlines()
    assert "'=cmd" in head and ",=" not in head and not head.startswith("=")
    assert any(",3,1" in row for row in rows) and len(rows) >= 7


def test_the_chart_is_a_png_file(answered, tmp_path: Path):
    answered.get_by_label("Download Trends").click()
    with answered.expect_download() as coming:
        answered.get_by_role("button", name="PNG, as shown").click()
    coming.value.save_as(tmp_path / "file.png")
    content = (tmp_path / "file.png").read_bytes()
    assert coming.value.suggested_filename.startswith("trends-cmd")  # the kind, and what is counted
    assert content.startswith(b"\x89PNG") and len(content) > 5_000


def test_one_value_is_picked_by_keyboard_opened_saved_and_taken_along(page, live_stack: LiveStack, tmp_path: Path):
    name = f"by_{uuid.uuid4().hex[:8]}"
    people = (("ada", "free"), ("bob", "pro"), ("cid", "pro"))
    live_stack.send(*[{**builder.event(name, who), "properties": {"plan": plan}} for who, plan in people])
    question = {"kind": "lifecycle", "event": name, "interval": "week", "breakdown": [{"property": "plan"}]}
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d&q={quote(json.dumps(question))}")
    picker = page.get_by_label("plan", exact=True)
    picker.focus()
    page.keyboard.press("p")
    page.wait_for_url("**value=*")
    expect(picker).to_have_value('["pro"]')
    expect(picker).to_be_focused()
    page.reload()
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator("#insight-table tbody th").first).to_contain_text("pro: ")
    page.get_by_label("Download Lifecycle").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="CSV, exact numbers").click()
    coming.value.save_as(tmp_path / "file.csv")
    rows = (tmp_path / "file.csv").read_text("utf-8-sig").splitlines()[1:]
    assert rows and all(row.startswith("pro: ") for row in rows) and any(",2" in row for row in rows)
    page.locator("#insight-table .pick", has_text="2").first.press("Enter")
    expect(page.locator("#panel-body strong").first).to_have_text("2 people")
    page.locator("[data-panel-close]").click()
    page.locator("summary", has_text="Save").click()
    page.locator("#save-name").fill("Of one plan")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Of one plan")
    expect(page.get_by_label("plan", exact=True)).to_have_value('["pro"]')
