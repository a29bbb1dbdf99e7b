"""What the SDK's tests share: a browser, a site, a door before the real server, and the rows that arrived."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import LiveStack, wait_for
from tests.sdk.door import Door
from tests.sdk.site import Site, page

HOSTS = ("localhost", "shop.test")  # the second is no secure context: no Web Locks, no randomUUID
on_both_hosts = pytest.mark.parametrize("host", HOSTS)  # where locks and leases decide; elsewhere the second is slow
_runs = itertools.count(1)


@pytest.fixture(params=[HOSTS[0], pytest.param(HOSTS[1], marks=pytest.mark.slow)])
def host(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def shared_chromium(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from tests.sdk.chromium import Chromium

    browser = Chromium(playwright, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def chromium(shared_chromium: Any) -> Iterator[Any]:
    """A window of the module's browser with storage of its own, closed with the test."""
    from tests.sdk.chromium import Window

    window = Window(shared_chromium.browser.new_context())
    yield window
    window.context.close()


@pytest.fixture
def mortal(playwright: Any, tmp_path: Path) -> Iterator[Any]:
    """A browser of the test's own, to be killed and started again on its profile."""
    from tests.sdk.chromium import Chromium

    browser = Chromium(playwright, tmp_path / "profile")
    yield browser
    browser.close()


@pytest.fixture
def door(live_stack: LiveStack) -> Iterator[Door]:
    door = Door(live_stack.url)
    yield door
    door.shut()


@pytest.fixture
def script(door: Door, live_stack: LiveStack) -> str:
    """Attributes of the SDK's script tag. What is sent by itself is off, so that rows can be counted."""
    quiet = " ".join(f'data-{name}="off"' for name in ("page-views", "vitals", "visible-time"))
    return f'src="{door.url}/static/sdk/analytics.js" data-key="{live_stack.write_key}" {quiet}'


@pytest.fixture
def site(script: str) -> Iterator[Site]:
    site = Site(page(script))
    yield site
    site.close()


class Arrived:
    """The rows of one test, known by their property `run`."""

    def __init__(self, stack: LiveStack) -> None:
        self.db = stack.connect()
        self.run = f"run-{next(_runs)}"

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        query = "SELECT event_name, properties FROM analytics_events WHERE properties->>'run' = %s ORDER BY seq"
        return self.db.execute(query, [self.run]).fetchall()

    def numbers(self) -> Counter[int]:
        """How often each `n` was stored."""
        return Counter(properties["n"] for _, properties in self.rows())

    def wait_for_all(self, count: int, seconds: float = 25) -> None:
        """Each of 0 … count - 1 is stored, once, and nothing else is."""
        wait_for(lambda: len(self.numbers()) >= count, f"{count} events of {self.run}", self.summary, seconds)
        assert self.numbers() == Counter(range(count))

    def summary(self) -> str:
        return f"(there are {len(self.numbers())})"


@pytest.fixture
def arrived(live_stack: LiveStack) -> Iterator[Arrived]:
    arrived = Arrived(live_stack)
    yield arrived
    arrived.db.close()


READY = "() => !!(window.obc && window.obc.deviceId)"


@pytest.fixture
def track(arrived: Arrived) -> Callable[..., None]:
    """`track(page, first, last)`: numbered events, in one task of the page."""

    def run(page: Any, first: int, last: int, name: str = "numbered") -> None:
        page.evaluate(
            "([name, run, first, last]) => { for (let n = first; n < last; n++) obc.track(name, { run, n }) }",
            [name, arrived.run, first, last],
        )

    return run
