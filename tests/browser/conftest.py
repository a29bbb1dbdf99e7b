"""One browser and one signed-in session a module; a page that logs an error or breaks the policy fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live import LiveStack
from tests.tools import chromium

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    # not `is_mobile`: its window grows with what sticks out of the page, which then can't be seen
    "phone": {"viewport": NARROW, "has_touch": True},
}
WATCH = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"


def is_problem(message: Any) -> bool:
    """htmx logs a question that a newer one took the place of; that is as it should be."""
    return message.type == "error" and not message.text.startswith("htmx:")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


@pytest.fixture(scope="module")
def signed_in(browser: Any, live_stack: LiveStack) -> Any:
    page = browser.new_page()
    page.goto(f"{live_stack.url}/login")
    page.get_by_label("Name").fill(live_stack.admin_user)
    page.get_by_label("Password").fill(live_stack.admin_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/overview/")
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def visit(browser: Any, live_stack: LiveStack, signed_in: Any) -> Iterator[Callable[..., Any]]:
    """`visit("/me/", "dark")`: the page, when all that it asks for has come."""
    contexts: list[Any] = []
    problems: list[str] = []

    def make(path: str, screen: str = "light") -> Any:
        context = browser.new_context(storage_state=signed_in, **SCREENS[screen])
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", lambda message: is_problem(message) and problems.append(f"{path}: {message.text}"))
        page.on("pageerror", lambda error: problems.append(f"{path}: {error}"))
        page.goto(live_stack.url + path)
        page.wait_for_load_state("networkidle")
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


# pixels; a chart follows the window's size a frame later
STICKS_OUT = """async () => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
  return document.documentElement.scrollWidth - document.documentElement.clientWidth
}"""
# [label, left, right] of each menu whose open body leaves the window sideways: to the left it can't be scrolled to
MENUS_OUT = """() => [...document.querySelectorAll('details.menu')].filter((it) => it.checkVisibility()).map((menu) => {
  menu.open = true
  const { left, right } = menu.querySelector('.menu-body').getBoundingClientRect()
  menu.open = false
  const summary = menu.querySelector('summary')
  return [summary.getAttribute('aria-label') ?? summary.innerText, left, right]
}).filter(([, left, right]) => left < 0 || right > innerWidth)"""
