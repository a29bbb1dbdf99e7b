"""Pages keep their places while their parts come: `manage.py bench pages` measures it, and here it is nothing."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from events.bench.cases import drawn
from events.bench.stack import Stack
from tests.browser.conftest import WIDE
from tests.live import LiveStack

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

SEARCHED = '{"type":"behaviour","event":"page_view"}'


def test_nothing_moves_while_overview_builder_and_board_fill(browser: Any, signed_in: Any, live_stack: LiveStack):
    live_stack.send(*({"event_id": str(uuid.uuid4()), "event_name": "page_view", "user_id": f"u{n}"} for n in range(9)))
    session = next(each["value"] for each in signed_in["cookies"] if each["name"] == "sessionid")
    rows = drawn.measured(browser, Stack(live_stack.url, "", session=session), live_stack.slug)
    moved = {(row["page"], row["screen"]): row["what moved"] for row in rows if row.get("CLS (goal 0)")}
    assert moved == {}
    names = ["overview", "builder", "board"]
    assert [row["page"] for row in rows[:-1]] == names * 2


@pytest.mark.parametrize("screen", drawn.SCREENS)
def test_live_says_that_it_is_a_sample_below_what_is_read(browser: Any, signed_in: Any, live_stack: LiveStack, screen):
    context = browser.new_context(storage_state=signed_in, **drawn.SCREENS[screen])
    page = context.new_page()
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/live/")
    sync_api.expect(page.locator("#live-state")).to_contain_text("Connected")
    card, head = page.get_by_label("Events", exact=True), page.locator(".live-list thead")
    before = card.bounding_box(), head.bounding_box()
    live_stack.send(*({"event_id": str(uuid.uuid4()), "event_name": "many"} for _ in range(40)))
    notice = page.locator("[data-live=sampled]")
    sync_api.expect(notice).to_be_visible()
    assert (card.bounding_box(), head.bounding_box()) == before
    said = notice.bounding_box()
    assert said["y"] + said["height"] <= before[0]["y"] + before[0]["height"]
    context.close()


@pytest.mark.parametrize("path", ["insights/new?range=30d", "sql/?sql=SELECT+1", f"cohorts/new?d={quote(SEARCHED)}"])
def test_nothing_moves_while_a_long_question_tells_its_time(browser: Any, signed_in: Any, live_stack: LiveStack, path):
    context = browser.new_context(storage_state=signed_in, viewport=WIDE)
    context.add_init_script(path=drawn.WATCH)
    page = context.new_page()
    held: list[Any] = []
    page.route(re.compile("/(insights/result|sql/result|cohorts/count)"), lambda route: held.append(route))
    page.goto(f"{live_stack.url}/t/{live_stack.slug}/{path}")
    sync_api.expect(page.locator("#elapsed")).to_contain_text("Asking for")
    sync_api.expect(page.locator("#waiting")).to_be_visible()
    held[0].continue_()
    sync_api.expect(page.locator("#result .skeleton")).to_have_count(0)
    sync_api.expect(page.locator("#waiting")).to_be_hidden()
    assert page.evaluate("window.measured.shifts") == []
    context.close()
