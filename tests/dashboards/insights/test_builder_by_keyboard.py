"""The builder without a pointer: Tab, Enter, letters and arrows are enough to ask, to read and to save."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboards.insights import test_builder_in_browser as in_browser
from tests.live import LiveStack

expect = in_browser.expect
browser, signed_in, page = in_browser.browser, in_browser.signed_in, in_browser.page
pytestmark = pytest.mark.browser
MOST_TABS = 80  # more than a page has; nobody presses so many
IS_FOCUSED = "each => each === document.activeElement"


def tab_to(page: Any, wanted: Any, key: str = "Tab") -> None:
    """Press Tab until it stands there, as one does who sees the ring move."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if wanted.evaluate(IS_FOCUSED):
            return
    raise AssertionError(f"{key} never comes to {wanted}")


def edited(page: Any, act: Callable[[], Any]) -> None:
    """`act`, and wait until the form that it asks for, once, stands in the place of the old one."""
    asked: list[str] = []
    old = page.locator("#controls .kinds").element_handle()

    def count(request: Any) -> None:
        if "/insights/edit" in request.url:
            asked.append(request.url)

    page.on("request", count)
    act()
    old.wait_for_element_state("hidden")  # detached is hidden
    expect(page.locator("#controls .kinds")).to_be_visible()
    page.remove_listener("request", count)
    assert len(asked) == 1, asked


def picked(page: Any, box: Any, text: str, name: str) -> None:
    """In a box that has the focus: type, walk down the list, take what is marked."""
    expect(box).to_be_focused()
    page.keyboard.type(text)
    expect(page.locator("#picker:not([hidden]) [role=option] bdi")).to_have_text([name])
    page.keyboard.press("ArrowDown")
    edited(page, lambda: page.keyboard.press("Enter"))
    expect(box).to_have_value(name)
    expect(box).to_be_focused()


def test_a_funnel_is_asked_read_as_a_table_and_saved_by_keyboard_alone(page, live_stack: LiveStack):
    mark = uuid.uuid4().hex[:8]
    first, second, plan, size = f"{mark}_first", f"{mark}_second", f"{mark}_plan", f"{mark}_size"
    for who, of, names in (("ada", "team", (first, second)), ("bob", "team", (first,)), ("cyd", "free", (first,))):
        properties = {plan: of, size: "big"}
        live_stack.send(*[{**in_browser.event(name, who), "properties": properties} for name in names])
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/insights/new?range=7d")
    expect(page.locator("#insight-title")).to_have_text("Trends")

    box = page.get_by_role("combobox", name="Events A")
    tab_to(page, box)
    picked(page, box, first[:-1], first)
    button = page.get_by_role("button", name="Filter all events")
    tab_to(page, button)
    page.keyboard.press("Enter")
    picked(page, page.get_by_role("combobox", name="Property", exact=True), plan[:-1], plan)
    value = page.get_by_role("combobox", name="Value", exact=True)
    tab_to(page, value)
    picked(page, value, "te", "team")
    tab_to(page, page.get_by_role("button", name="Break down"))
    page.keyboard.press("Enter")
    picked(page, page.get_by_role("combobox", name="Breakdown 1"), size[:-1], size)

    funnel = page.get_by_role("button", name="Funnel", exact=True)
    tab_to(page, funnel, "Shift+Tab")
    edited(page, lambda: page.keyboard.press("Enter"))
    expect(funnel).to_be_focused()  # the form is another one; the keyboard stands where it was
    box = page.get_by_role("combobox", name="Steps 2")
    tab_to(page, box)
    picked(page, box, second[:-1], second)
    expect(page.locator("#insight-title")).to_have_text("Funnel")

    tab_to(page, page.locator("#controls input[name=chart]:checked"))
    table = page.locator("#f-chart-table")
    for _ in range(5):
        if table.is_checked():
            break
        edited(page, lambda: page.keyboard.press("ArrowRight"))
    expect(table).to_be_focused()
    expect(page.locator("#insight-table")).to_be_visible()
    expect(page.locator("#insight-table")).to_contain_text("big")

    save = page.locator("summary", has_text="Save")
    tab_to(page, save, "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#save-name"))
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")
    question = page.locator("#builder")
    expect(question.get_by_role("combobox", name="Steps 1")).to_have_value(first)
    expect(question.get_by_role("combobox", name="Steps 2")).to_have_value(second)
    expect(question.get_by_role("combobox", name="Value", exact=True)).to_have_value("team")
    expect(question.get_by_role("combobox", name="Breakdown 1")).to_have_value(size)
    expect(table).to_be_checked()
