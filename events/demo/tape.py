"""One visit while it is played: its clock, its identity, and the events so far."""

from __future__ import annotations

from random import Random
from typing import Any

from events.demo import wire
from events.demo.devices import Device
from events.demo.pages import ORIGIN, Page
from events.demo.people import Person, ident
from events.demo.wire import Timed

GOOD = {"LCP": (2500, 4000), "INP": (200, 500), "CLS": (0.1, 0.25)}  # web.dev: good up to, poor from


class Tape:
    """`user` is None until the person signs in. Times are milliseconds since 1970."""

    def __init__(self, rng: Random, person: Person, visit: str, start: int, device: Device, user: str | None) -> None:
        self.rng = rng
        self.person = person
        self.device = device
        self.events: list[Timed] = []
        self.at = start
        self._visit = visit
        self._second = device is person.second
        self._page: Page | None = None
        self._entered = start
        self._opened = 0
        self._referrer = ""
        self._shared_page = b""
        self.sign_in(user)

    # --- who ---------------------------------------------------------------------------------------

    def sign_in(self, user: str | None) -> None:
        self._shared_visit = wire.members(
            user_id=user,
            device_id=f"d-{ident(0, self.person.ident, self._second)[:20]}",
            session_id=f"s-{self._visit[:20]}",
            user_agent=self.device.user_agent,
        ) + b',"device_info":' + self.device.as_json(self.person.place.language)  # fmt: skip

    # --- what --------------------------------------------------------------------------------------

    def wait(self, low: float, high: float) -> None:
        """Let some seconds pass."""
        self.at += int(self.rng.uniform(low, high) * 1000)

    def track(self, name: str, category: str = "", /, **properties: Any) -> None:
        shared = self._shared_visit + self._shared_page
        if category:
            shared = b',"event_category":"%s"' % category.encode() + shared
        id_ = wire.event_id(self._visit, len(self.events))
        self.events.append(wire.event(id_, name.encode(), self.at, properties, shared))

    def page(self, page: Page, referrer: str | None = None, **utm: str) -> None:
        """Go to the page: the one before is left, this one viewed, and measured now and then."""
        self.leave()
        self._opened += 1
        query = "?" + "&".join(f"{name}={value}" for name, value in utm.items()) if utm else ""
        self._shared_page = wire.members(
            page_url=f"{ORIGIN}{page.path}{query}",
            referrer=self._referrer if referrer is None else referrer,
            correlation_id=f"c-{self._visit[:12]}-{self._opened}",
        )
        self._page, self._entered, self._referrer = page, self.at, f"{ORIGIN}{page.path}"
        self.track("page_view", "navigation", name=page.name, title=page.title, path=page.path, **utm)
        if self.rng.random() < (0.3 if self._opened == 1 else 0.05):
            self._vitals(page)

    def leave(self) -> None:
        """The page goes out of sight; a killed tab or a lost network never says so."""
        if self._page and self.rng.random() < 0.72:
            self.track("page_leave", "navigation", path=self._page.path, visible_ms=self.at - self._entered)
        self._page = None

    def click(self, element: str, element_id: str) -> None:
        self.track("click", "interaction", action="click", element=element, element_id=element_id)

    def _vitals(self, page: Page) -> None:
        """Lognormal about the page's median, as field data are; measured at once, told when known."""
        slow = self.device.slow
        for metric, median, spread, digits in (
            ("LCP", page.lcp * slow, 0.42, 0), ("INP", page.inp * slow, 0.6, 0), ("CLS", page.cls, 0.9, 3),
        ):  # fmt: skip
            value = round(median * self.rng.lognormvariate(0, spread), digits)
            good, poor = GOOD[metric]
            rating = "good" if value <= good else "poor" if value > poor else "needs-improvement"
            self.wait(0.2, 1.5)
            self.track("web_vital", "performance", metric=metric, value=value, rating=rating, path=page.path)
