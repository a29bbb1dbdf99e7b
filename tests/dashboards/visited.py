"""Events of a made-up site, a tenant's pages and API over them, and the figures that stand on a page."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from tests.factories import make_event
from tests.oracle import overview as hand

DAYS, ZONE = "2026-10-05..2026-10-18", ZoneInfo("Europe/Berlin")
RANGE = {"from": "2026-10-05", "to": "2026-10-18", "timezone": ZONE.key}
SINCE, UNTIL, BEFORE = (datetime(2026, *day, tzinfo=ZONE).astimezone(UTC) for day in ((10, 5), (10, 19), (9, 21)))
OWN = "https://app.example"
EXTRAS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "page_view": lambda dice: {},
    "=click": lambda dice: {},
    "error": lambda dice: {"type": "TypeError", "message": f"order {dice.randrange(99)} {dice.choice('ab')}"},
    # in steps of four of the last digit shown: a 75th percentile never lies between two digits
    "web_vital": lambda dice: dice.choice(
        [
            {"metric": "LCP", "value": dice.randrange(920, 5000, 40)},
            {"metric": "CLS", "value": dice.randrange(0, 400, 4) / 1000},
        ]
    ),
    "form_start": lambda dice: {},
    "form_submit": lambda dice: {"success": dice.random() < 0.5},
    "form_abandon": lambda dice: {"field": "mail"},
}


def visits() -> list[dict[str, Any]]:
    """Events of seven people over six weeks, the range in their middle: as they are sent, and as oracles read them."""
    dice, found = random.Random(12), []
    for number in range(120):
        hour = dice.randrange(36 * 24)
        who, moment = f"u{dice.randrange(4 + hour // 170)}", BEFORE + timedelta(days=-4, hours=hour)
        session = f"s{number}" if dice.random() < 0.6 else None
        device = {"device_type": dice.choice(["desktop", "mobile"]), "browser": dice.choice(["Chrome", "Firefox"])}
        form = {"form": dice.choice(["login", "signup"])}
        referrer = dice.choice([None, f"{OWN}/", "https://news.example/1", "https://search.example/"])
        for name in dice.choices([*EXTRAS], [4, 1, 1, 2, 3, 2, 1], k=dice.randrange(1, 8)):
            moment += timedelta(seconds=dice.randrange(20, 2400))
            properties = EXTRAS[name](dice) | (form if name.startswith("form_") else {})
            found.append({
                "event_name": name, "distinct_id": who, "timestamp": moment, "session_id": session, "device": device,
                "page_url": OWN + dice.choice(["/", "/cart"]), "referrer": referrer, "properties": properties,
            })  # fmt: skip
    return found


MADE = visits()
ROWS = [
    {"name": row["event_name"], "ts": row["timestamp"], "who": row["distinct_id"], "seq": number, **row}
    for number, row in enumerate(MADE)
]
INSIDE, EARLIER = hand.within(MADE, SINCE, UNTIL), hand.within(MADE, BEFORE, SINCE)


def sent(row: dict[str, Any]) -> dict[str, Any]:
    same = ("session_id", "page_url", "referrer", "properties")
    fields = {name: row[name] for name in same if row[name]}
    when = row["timestamp"].isoformat()
    return make_event(
        row["event_name"], user_id=row["distinct_id"], timestamp=when, device_info=row["device"], **fields
    )


class Page(HTMLParser):
    """What a page shows: `tables` by the heading before them, rows of (text, exact value), and `figures`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[SimpleNamespace]]] = {}
        self.named: list[SimpleNamespace] = []
        self._open: list[SimpleNamespace] = []
        self._heading = SimpleNamespace(text="")
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        part = SimpleNamespace(tag=tag, text="", value=given.get("data-value"), classes=given.get("class") or "")
        if tag in {"h2", "th", "td", "dt", "dd"} or part.classes.startswith("kpi-"):
            self._open.append(part)
        if tag == "h2":
            self._heading = part
        elif tag == "tr":
            self.tables.setdefault(self._heading.text.strip(), []).append([])
        elif tag in {"th", "td"}:
            self.tables[self._heading.text.strip()][-1].append(part)
        elif part in self._open:
            self.named.append(part)
        elif self._open:  # inside of one: its end is not that one's
            self._open.append(part)

    def handle_endtag(self, tag):
        if self._open and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data):
        for part in self._open:
            part.text += data

    @property
    def figures(self) -> list[str]:
        """Labels, values and changes of key figures, one after the other."""
        return [" ".join(part.text.split()) for part in self.named]

    def numbers(self, heading: str) -> dict[str, list[float]]:
        """The exact numbers of a table's rows by their first cell."""
        rows = self.tables[heading][1:]
        return {row[0].text.strip(): [float(cell.value) for cell in row[1:] if cell.value] for row in rows}

    def texts(self, heading: str) -> list[list[str]]:
        return [[" ".join(cell.text.split()) for cell in row] for row in self.tables[heading][1:]]


@dataclass
class Site:
    """A member's pages and the API of a tenant that holds MADE."""

    root: str
    pages: Client
    headers: dict[str, str]

    def html(self, path: str) -> str:
        response = self.pages.get(
            f"{self.root}/{path}", {"range": DAYS, "tz": ZONE.key}, headers={"HX-Request": "true"}
        )
        assert response.status_code == 200, response.content[:300]
        return response.content.decode()

    def page(self, path: str) -> Page:
        return Page(self.html(path))

    def get(self, path: str, **query: str) -> dict[str, Any]:
        response = Client().get(f"/api/v1/analytics/{path}", query, headers=self.headers)
        assert response.status_code == 200, response.content[:300]
        return response.json()

    def ask(self, **question: Any) -> dict[str, Any]:
        body = json.dumps({"range": RANGE, **question})
        response = Client().post("/api/v1/analytics/query", body, "application/json", headers=self.headers)
        assert response.status_code == 200, response.content[:300]
        return response.json()

    def ranked(self, event: str, property_: str) -> dict[str, tuple[int, int]]:
        """Events and people by a property's value, as trends answer."""
        series = [{"event": event}, {"event": event, "measure": "uniques"}]
        lines = self.ask(kind="trends", series=series, breakdown=[{"property": property_}])["series"]
        by_series: list[dict[str, int]] = [{}, {}]
        for line in lines:
            by_series[line["series"]][line["breakdown"][0]] = line["total"]
        return {name: (count, by_series[1][name]) for name, count in by_series[0].items()}


def in_order(found: dict[str, dict[str, int]], first: datetime, name: str) -> list[int]:
    """A figure of the fourteen days from `first`, days without an event too."""
    labels = [(first.astimezone(ZONE).date() + timedelta(days=day)).isoformat() for day in range(14)]
    return [found[label][name] if label in found else 0 for label in labels]
