"""Merge and Undo on a profile, as somebody with a keyboard and somebody with a phone do them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from tests.live import LiveStack

pytestmark = pytest.mark.browser


def two_people(live_stack: LiveStack) -> tuple[str, str]:
    ids = f"ann-{uuid.uuid4()}", f"tab-{uuid.uuid4()}"
    fields = ({"user_id": ids[0]}, {"device_id": ids[1]})
    live_stack.send(*[{"event_id": str(uuid.uuid4()), "event_name": "look", **each} for each in fields])
    return ids


def test_a_merge_is_made_and_undone_by_keyboard_alone(visit: Any, live_stack: LiveStack):
    ann, tablet = two_people(live_stack)
    page = visit(f"/t/{live_stack.slug}/people/profile?id={ann}")
    page.get_by_role("link", name="Merge…").focus()
    page.keyboard.press("Enter")
    page.locator("#panel input[name=search]:focus").wait_for()
    page.keyboard.type(tablet)
    page.keyboard.press("Enter")
    page.locator("#panel [data-merge]:not(.htmx-settling) tbody a").focus()  # settling takes focus back to the search
    page.keyboard.press("Enter")
    page.get_by_text("This joins 1 id and moves 1 event.").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H2"  # where reading goes on
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Merged: 1 id joined, 1 event moved.").wait_for()
    page.get_by_role("button", name=re.compile(f"^Undo: {tablet}")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("They are apart").wait_for()
    assert page.locator("#ids ~ *, [aria-labelledby=ids]").get_by_text(tablet).count() == 0


def test_the_panel_fits_a_phone(visit: Any, live_stack: LiveStack):
    ann, tablet = two_people(live_stack)
    page = visit(f"/t/{live_stack.slug}/people/profile?id={ann}", "phone")
    page.get_by_role("link", name="Merge…").tap()
    page.locator("#panel input[name=search]").fill(tablet)
    page.locator("#panel").get_by_role("button", name="Search").tap()
    page.locator("#panel tbody a").tap()
    page.get_by_role("button", name="Merge them").wait_for()
    panel = page.locator("#panel")
    assert panel.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
