"""Pages that show one thing, by its id: whole at a desk and on a phone, without a serious finding of axe.

Those that need no id are test_every_page.py's; its hostile events are what these pages show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from dashboards.urls import urlpatterns
from tests.browser.conftest import MENUS_OUT, NARROW, STICKS_OUT, WATCH, WIDE, is_problem
from tests.browser.test_every_page import AXE, HOSTILE, findings, hostile_events
from tests.live import LiveStack

pytestmark = pytest.mark.browser
sent = hostile_events  # before all tests of this module too

LONG = HOSTILE[-1]
FUNNEL = {"kind": "funnel", "steps": [{"event": "page_view"}, {"event": HOSTILE[0]}]}
TRENDS = {"kind": "trends", "series": [{"event": LONG, "label": HOSTILE[0]}], "breakdown": [{"property": "plan"}]}
LIFECYCLE = {"kind": "lifecycle", "breakdown": [{"property": "plan"}]}
COHORT = {"type": "behaviour", "event": LONG}
# listed page → a link on it to one of its things
LISTED = {
    "session": ("sessions/", "sessions/detail?"),
    "error": ("quality/errors/", "quality/errors/"),
    "event": ("events/", "events/detail?"),
}
PAGES = [
    *("session", "error", "event", "profile", "merge", "insight", "explain", "one value"),
    *("board", "tv", "links", "share", "cohort"),
]


@pytest.fixture(scope="module")
def address(browser: Any, live_stack: LiveStack, signed_in: Any) -> Any:
    """`address("board")`: where the page is. What people make is made once, by the forms."""
    context = browser.new_context(storage_state=signed_in)
    page, root = context.new_page(), f"/t/{live_stack.slug}/"
    page.goto(f"{live_stack.url}{root}overview/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()

    def post(path: str, **form: str) -> Any:
        answer = page.request.post(live_stack.url + root + path, form={**form, "csrfmiddlewaretoken": token})
        assert answer.ok, f"{path}: {answer.status}"
        return answer

    def made(path: str, **form: str) -> str:
        """The address of what a form made, below the tenant's."""
        return str(post(path, **form).url).split("#")[0].split("?")[0].partition(root)[2]

    def listed(path: str, link: str) -> str:
        page.goto(f"{live_stack.url}{root}{path}?range=7d")
        return str(page.locator(f"main td a[href*='{root}{link}']").first.get_attribute("href")).partition(root)[2]

    ann, bob = (quote(text, safe="") for text in (LONG, HOSTILE[0]))
    known = {name: listed(*where) for name, where in LISTED.items()}
    insight = made("insights/save", q=json.dumps(TRENDS), name=HOSTILE[0], sharing="shared")
    board = made("boards/new", name=LONG[:100], sharing="shared")
    post(f"{board}/tiles/", kind="insight", insight=insight.rpartition("/")[2])
    one_value = made("insights/save", q=json.dumps(LIFECYCLE), value=json.dumps([LONG]), name=LONG, sharing="shared")
    post(f"{board}/tiles/", kind="insight", insight=one_value.rpartition("/")[2])
    post(f"{board}/tiles/", kind="number", measure="uniques", title=HOSTILE[1])
    post(f"{board}/tiles/", kind="text", title=LONG[:100])
    links = post(f"{board}/links", action="create", label=HOSTILE[2], days="1").text()
    shared = re.search(r"/share/[\w-]+", links)
    assert shared
    known |= {
        "profile": f"people/profile?id={ann}",
        "merge": f"people/merge?id={ann}&other={bob}",
        "insight": insight,
        "one value": one_value,
        "explain": f"insights/explain?id={ann}&q={quote(json.dumps(FUNNEL))}",
        "board": board,
        "tv": f"{board}/tv",
        "links": f"{board}/links",
        "cohort": made("cohorts/save", d=json.dumps(COHORT), name=LONG),
    }
    context.close()
    return lambda name: shared[0] if name == "share" else root + known[name]


@pytest.fixture(scope="module")
def window(browser: Any, signed_in: Any) -> Iterator[tuple[Any, list[str]]]:
    """One page for all, so that scripts come from its cache; and what went wrong on it."""
    context, problems = browser.new_context(storage_state=signed_in), []
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("console", lambda message: is_problem(message) and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page, problems
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_one_thing_is_whole_and_accessible(window: Any, live_stack: LiveStack, address: Any, name):
    page, problems = window
    problems.clear()
    page.set_viewport_size(WIDE)
    answer = page.goto(live_stack.url + address(name))
    page.wait_for_load_state("networkidle")
    assert answer.status == 200
    page.evaluate(AXE.read_text())
    assert findings(page) == []
    assert page.evaluate(STICKS_OUT) <= 0, "sticks out at a desk"
    page.set_viewport_size(NARROW)
    assert page.evaluate(STICKS_OUT) <= 0, "sticks out on a phone"
    assert page.evaluate(MENUS_OUT) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.hit") is None
    assert page.locator("a[href^='javascript:' i], img[onerror]").count() == 0
    assert problems == []


def test_every_address_with_an_id_that_is_a_page_is_walked(address: Any):
    """A new one is to be walked here, or is no page."""
    named = {"insight", "cohort", "profile", "session", "board", "event", "error", "explain"}
    of_one = {"explain", "profile", "session", "event"}  # their id is in the query
    routes = {
        each.name for each in urlpatterns if each.name and (str(each.pattern).count("<") > 1 or each.name in of_one)
    }
    assert routes == named <= set(PAGES)
