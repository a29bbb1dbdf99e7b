"""Every page, found by walking the addresses: whole on every screen, without a serious finding of axe."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern

from dashboards.urls import urlpatterns
from tests.browser.conftest import MENUS_OUT, NARROW, STICKS_OUT, WIDE
from tests.live import LiveStack

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
HOSTILE = [
    "<script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    "javascript:window.hit=1",
    "\u202egnp.exe\u2066",
    "{{ 7*7 }}{% include 'x' %}",
    "x" * 200,
]


def pages() -> list[str]:
    """Addresses that need nothing but a tenant and end in `/`: those are pages, the others are parts and actions."""
    routes = [str(route.pattern) for route in urlpatterns if isinstance(route, URLPattern)]
    return [
        route
        for route in routes
        if route.endswith("/")
        and route.count("<") == ("<slug:slug>" in route)
        and route not in {"t/", "t/<slug:slug>/"}
    ]


@pytest.fixture(scope="module", autouse=True)
def hostile_events(live_stack: LiveStack) -> None:
    """Every field that a client controls holds each text of the corpus."""
    for number, text in enumerate(HOSTILE):
        common = {"user_id": text, "session_id": text, "page_url": text, "referrer": text, "user_agent": text}
        names = ["page_view", "error", "form_start", "web_vital", text]
        properties = {
            text: text, "path": text, "title": text, "type": text, "message": text, "stack": text, "form": text,
            "metric": "LCP", "value": 2000 + number, "plan": text,
        }  # fmt: skip
        live_stack.send(
            *[
                {"event_id": str(uuid.uuid4()), "event_name": name, "properties": properties, **common}
                for name in names
            ],
            {"event_id": text, "event_name": "", "properties": properties},
        )


@pytest.mark.parametrize("route", pages())
def test_a_page_is_whole_accessible_and_unmoved_by_hostile_events(visit: Any, live_stack: LiveStack, route):
    page = visit("/" + route.replace("<slug:slug>", live_stack.slug))
    page.evaluate(AXE.read_text())
    for scheme, size in (("light", WIDE), ("dark", WIDE), ("light", NARROW)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert page.evaluate(STICKS_OUT) <= 0, f"sticks out: {size['width']}"
        assert page.evaluate(MENUS_OUT) == [], f"{size['width']} px"
        assert findings(page) == [], f"{scheme}, {size['width']} px"
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.hit") is None
    assert page.locator("a[href^='javascript:' i], img[onerror]").count() == 0


def findings(page: Any) -> list[str]:
    """Serious and critical findings of axe, each with the first element it names."""
    results = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in results["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
