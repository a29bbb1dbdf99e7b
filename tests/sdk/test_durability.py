"""Nothing tracked is lost and nothing is stored twice, whatever happens to the page or to the browser."""

from __future__ import annotations

import pytest

from tests.live import wait_for
from tests.sdk.conftest import READY, on_both_hosts
from tests.sdk.site import page

pytestmark = pytest.mark.browser


@on_both_hosts
def test_it_keeps_an_event_when_the_page_is_left_at_once(chromium, site, host, script, arrived, door):
    leave = (
        f"const n = +new URLSearchParams(location.search).get('n'); obc.track('left', {{ run: '{arrived.run}', n }});"
    )
    for name in "abcdef":
        site.pages[f"/{name}"] = page(
            script, '<button onclick="' + leave + f"location.href='/{chr(ord(name) + 1)}?n=' + (n + 1)\">go</button>"
        )
    tab = chromium.page(site.url(host, "/a?n=0"))
    for name in "abcdef":
        tab.wait_for_function(READY)
        tab.click("button")
        tab.wait_for_url(f"**/{chr(ord(name) + 1)}?*")
    arrived.wait_for_all(6)


@on_both_hosts
def test_it_keeps_the_events_of_a_tab_that_is_closed_at_once(chromium, site, host, arrived):
    opener = chromium.page(site.url(host))
    opener.wait_for_function(READY)
    with opener.expect_popup() as opened:
        opener.evaluate("() => { window.open('/other') }")
    popup = opened.value
    popup.wait_for_function(READY)
    popup.evaluate(
        "(run) => { for (let n = 0; n < 30; n++) obc.track('closed', { run, n }); window.close() }", arrived.run
    )
    arrived.wait_for_all(30)


@on_both_hosts
def test_it_keeps_what_was_tracked_100_ms_before_the_browser_was_killed(mortal, site, host, arrived, track, door):
    tab = mortal.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    track(tab, 0, 50)
    tab.wait_for_timeout(20)
    track(tab, 50, 60)
    tab.wait_for_timeout(100)
    mortal.kill()
    assert not arrived.rows(), "nothing can have been sent: the server could not be reached"
    door.open()
    mortal.start()
    mortal.page(site.url(host)).wait_for_function(READY)
    arrived.wait_for_all(60)


def test_it_keeps_10_000_offline_events_over_a_restart(mortal, site, host, arrived, track, door):
    tab = mortal.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    mortal.context.set_offline(True)
    for first in range(0, 10_000, 500):
        track(tab, first, first + 500)
    tab.wait_for_timeout(1_500)
    mortal.kill()
    mortal.start()
    door.open()
    mortal.page(site.url(host)).wait_for_function(READY)
    arrived.wait_for_all(10_000, seconds=60)
    keys = "() => obc.flush() || JSON.parse(localStorage.obc_analytics_events).length"
    tab = mortal.context.pages[-1]
    wait_for(lambda: tab.evaluate(keys) == 0, "the window to be empty")


def test_five_tabs_deliver_all_they_tracked_though_one_is_closed_midway(chromium, site, host, arrived, track):
    tabs = [chromium.page(site.url(host)) for _ in range(5)]
    for tab in tabs:
        tab.wait_for_function(READY)
    for part in range(4):
        for number, tab in enumerate(tabs):
            if tab.is_closed():
                continue
            first = number * 2_000 + part * 500
            track(tab, first, first + 500)
        if part == 1:
            tabs[2].close()
    closed = set(range(2 * 2_000 + 1_000, 3 * 2_000))  # what the closed tab would have tracked
    expected = set(range(10_000)) - closed
    wait_for(lambda: len(arrived.numbers()) >= len(expected), "all tabs' events", arrived.summary, 60)
    numbers = arrived.numbers()
    assert set(numbers) == expected
    assert max(numbers.values()) == 1
