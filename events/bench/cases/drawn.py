"""Pages as a browser draws them: when the first and the last of a page stands, and whether anything moved meanwhile."""

from __future__ import annotations

import re
import statistics
import time
from pathlib import Path
from typing import Any

from events.bench.chromium import NoChromium, chromium
from events.bench.figures import Row, Table
from events.bench.stack import Stack

WATCH = Path(__file__).with_suffix(".js")
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
LONGEST_S = 120
MEASURES = ("total", "uniques", "per_user") * 2
NOTE = (
    "Complete: nothing of the page is still asked for. CLS: the sum of all shifts that nobody asked for.",
    "A change in the builder: from the choice to the frame after its answer, less the question's own time.",
)


def table(stack: Stack, slug: str, rows: int) -> Table:
    """The overview, the builder and a board, drawn."""
    title = f"Drawn by Chromium, {rows:,} events"
    try:
        with chromium() as browser:
            return Table(title, measured(browser, stack, slug), list(NOTE))
    except NoChromium as error:
        return Table(title, [], [f"Not measured: {error}"])


def measured(browser: Any, stack: Stack, slug: str) -> list[Row]:
    """A row a page and screen, and one for a change in the builder. `stack` needs its `url` and `session`."""
    root = f"{stack.url}/t/{slug}/"
    found = [row for screen in SCREENS for row in _screen(browser, stack, root, screen)]
    return [*found, _change(browser, stack, root)]


def _screen(browser: Any, stack: Stack, root: str, screen: str) -> list[Row]:
    page = _page(browser, stack, screen)
    page.goto(f"{root}boards/")
    board = page.locator("a[href*='/boards/']:has-text('Start here')").first.get_attribute("href")
    addresses = {"overview": f"{root}overview/", "builder": f"{root}insights/new?range=30d", "board": stack.url + board}
    found = [_drawn(page, name, screen, address) for name, address in addresses.items()]
    page.context.close()
    return found


def _page(browser: Any, stack: Stack, screen: str) -> Any:
    context = browser.new_context(**SCREENS[screen])
    context.add_cookies([{"name": "sessionid", "value": stack.session, "url": stack.url}])
    context.add_init_script(path=WATCH)
    return context.new_page()


def _drawn(page: Any, name: str, screen: str, address: str) -> Row:
    page.goto(address)
    complete = _when(page, "whole")
    page.wait_for_timeout(300)  # a chart is drawn a frame after its data, and might push something then
    first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    shifts = page.evaluate("window.measured.shifts")
    return {
        "page": name,
        "screen": screen,
        "first contentful ms": first,
        "complete ms": complete,
        "CLS (goal 0)": round(sum(size for size, _ in shifts), 4),
        "what moved": ", ".join(sorted({what for _, what in shifts if what}))[:80],
    }


def _change(browser: Any, stack: Stack, root: str) -> Row:
    page = _page(browser, stack, "desktop")
    page.goto(f"{root}insights/new?range=30d")
    _when(page, "whole")
    taken = []
    for measure in MEASURES:
        page.get_by_label("Measure").select_option(measure)
        changed = _when(page, "changed")
        asked = re.search(r"([\d,.]+) ms", page.locator("#result .card-foot").inner_text())
        taken.append(changed - float(asked[1].replace(",", "")) if asked else changed)
    page.context.close()
    return {"page": "a change in the builder (goal 200)", "screen": "desktop", "complete ms": statistics.median(taken)}


def _when(page: Any, what: str) -> float:
    """The page's own clock; its policy forbids what waits inside it."""
    ends = time.monotonic() + LONGEST_S
    while not (found := page.evaluate(f"window.measured.{what}")):
        if time.monotonic() > ends:
            raise TimeoutError(f"{page.url} is not {what} after {LONGEST_S} s")
        page.wait_for_timeout(20)
    return float(found)
