"""Bad days of the server and the network: every event arrives, once, and nobody is hammered."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from tests.live import wait_for
from tests.sdk.conftest import READY, on_both_hosts
from tests.sdk.door import CORS, Answer, refuse

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(chromium, site, host, door):
    """A page without a socket, so that all goes through the door's rules."""
    door.sockets = False
    chromium.context.clock.install()
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    return tab


def waiting(tab) -> int:
    return tab.evaluate("() => JSON.parse(localStorage.obc_analytics_events).length")


def hurry(tab) -> bool:
    """A second of the page's own time passes at once."""
    tab.clock.run_for(1_000)
    return True


def test_it_sends_again_after_503(tab, door, arrived, track):
    door.rule = refuse(503)
    track(tab, 0, 25)
    wait_for(lambda: len(door.batches) >= 2, "a second attempt", seconds=15)
    assert not arrived.rows()
    door.rule = None
    arrived.wait_for_all(25)


def test_it_waits_as_long_as_retry_after_says(tab, door, arrived, track):
    door.rule = refuse(429, retry_after=3)
    track(tab, 0, 25)
    wait_for(lambda: door.batches, "the first attempt")
    door.rule = None
    track(tab, 25, 50)
    arrived.wait_for_all(50)
    first, second = door.batches[:2]
    assert second.at - first.at >= 3


def test_it_halves_a_batch_that_is_too_large(tab, door, arrived, track):
    too_large = refuse(413)
    door.rule = lambda batch: too_large(batch) if len(batch["events"]) > 10 else None
    track(tab, 0, 64)
    wait_for(lambda: hurry(tab) and len(arrived.numbers()) >= 64, "64 events", arrived.summary)
    arrived.wait_for_all(64)
    sizes = [len(batch.body["events"]) for batch in door.batches]
    assert max(sizes) > 10, "the first batch must have been too large"


def test_it_drops_and_counts_one_event_that_alone_is_too_large(tab, door, arrived, track):
    too_large = refuse(413)
    door.rule = lambda batch: too_large(batch) if "huge" in str(batch["events"]) else None
    tab.evaluate("(run) => obc.track('huge', { run, n: 0 })", arrived.run)
    wait_for(lambda: hurry(tab) and door.batches, "the attempt")
    wait_for(lambda: waiting(tab) == 0, "the huge event to be given up")
    track(tab, 0, 3)
    wait_for(lambda: hurry(tab) and arrived.rows(), "the others")
    arrived.wait_for_all(3)
    client = door.batches[-1].body["client"]
    assert client["dropped"] == {"too_large": 1}
    assert client["tracked"] == 4


@on_both_hosts
def test_it_sends_again_what_a_refused_connection_swallowed(tab, door, arrived, track):
    door.shut()
    track(tab, 0, 25)
    tab.wait_for_function("() => JSON.parse(localStorage.obc_analytics_hold || '{}').http > 0")
    assert tab.evaluate("navigator.onLine")
    wait_for(lambda: waiting(tab) == 25, "the window to show them")
    door.open()
    arrived.wait_for_all(25)


def test_it_sends_again_only_those_of_a_batch_that_were_not_stored(tab, door, arrived, track):
    """The server answers `retry` for half of the first batch, which it has never seen."""
    kept_back: list[str] = []

    def half(batch):
        if kept_back:
            return None
        kept_back.extend(event["event_id"] for event in batch["events"][::2])
        verdicts = {event["event_id"]: {"result": "drop"} for event in batch["events"]}
        verdicts |= {event_id: {"result": "retry"} for event_id in kept_back}
        return Answer(200, {**CORS, "Retry-After": "2"}, json.dumps({"results": verdicts}).encode())

    door.rule = half
    track(tab, 0, 40)
    wait_for(lambda: len(arrived.rows()) == 20, "the 20 that were to be sent again", seconds=15)
    assert arrived.numbers() == Counter(range(0, 40, 2))
    first, second = door.batches[:2]
    assert sorted(event["event_id"] for event in second.body["events"]) == sorted(kept_back)
    assert second.at - first.at >= 2


def test_it_counts_once_what_was_stored_before_the_answer_was_lost(tab, door, arrived, track):
    """The server dies between COMMIT and answer: the same ids come again, and are known."""
    lost: list[int] = []

    def lose(batch, answer):
        if lost:
            return answer
        lost.append(len(batch["events"]))
        return None

    door.edit = lose
    track(tab, 0, 30)
    wait_for(lambda: len(door.batches) >= 2, "the second attempt")
    assert lost
    arrived.wait_for_all(30)
    wait_for(lambda: waiting(tab) == 0, "the window to be empty")


def test_a_socket_that_swallows_frames_is_given_up_for_http(chromium, site, host, door, arrived, track):
    chromium.context.clock.install()
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    wait_for(lambda: any(request.kind == "socket" for request in door.requests), "the socket")
    tab.wait_for_timeout(500)
    tab.evaluate("() => { window.swallowed = 0; WebSocket.prototype.send = () => { swallowed++ } }")
    track(tab, 0, 25)
    tab.wait_for_function("() => swallowed > 0")
    assert not arrived.rows(), "the socket must have taken them"
    chromium.context.clock.run_for(10_000)
    arrived.wait_for_all(25)
    assert door.batches


def test_events_go_through_the_socket_while_the_page_is_visible(chromium, site, host, door, arrived, track):
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    wait_for(lambda: any(request.kind == "socket" for request in door.requests), "the socket")
    tab.wait_for_timeout(500)
    track(tab, 0, 100)
    arrived.wait_for_all(100)
    assert not door.batches


def test_it_comes_back_when_the_server_does(chromium, site, host, door, arrived, track):
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    wait_for(lambda: any(request.kind == "socket" for request in door.requests), "the socket")
    door.shut()
    tab.wait_for_timeout(500)
    before = len(door.requests)
    door.open()
    wait_for(lambda: any(request.kind == "socket" for request in door.requests[before:]), "a new socket", seconds=20)


def test_a_blocked_server_is_asked_once_in_five_minutes_by_the_whole_browser(
    chromium, site, host, door, arrived, track
):
    """Three tabs, a clock of their own that runs fast; a page load does not lift the hold, `flush()` does."""
    door.rule = refuse(503)
    door.sockets = False
    tabs = []
    chromium.context.clock.install()  # one clock for all its tabs
    # chance would now and then put two tabs' attempts into one jump of that clock, in which no storage can travel
    chromium.context.add_init_script("Math.random = () => 0.1 + 0.3 * Number(location.pathname.slice(1))")
    for number in range(3):
        tab = chromium.page(site.url(host, f"/{number}"))
        tab.wait_for_function(READY)
        tabs.append(tab)

    def pass_time(seconds: int) -> None:
        for _ in range(seconds // 10):
            chromium.context.clock.run_for(10_000)
            time.sleep(0.03)  # the tabs' clock is ours, the network's is not: answers need real time

    for number, tab in enumerate(tabs):
        track(tab, number * 30, number * 30 + 30)
    failures = """() => {
        const { http = 0, socket = 0 } = JSON.parse(localStorage.obc_analytics_hold || '{}')
        return http + Math.min(socket, 3)
    }"""
    for _ in range(30):
        if tabs[0].evaluate(failures) >= 6:
            break
        pass_time(20)
    assert tabs[0].evaluate(failures) >= 6, "all of them failed until now"
    pass_time(20)
    before = len(door.attempts)
    pass_time(900)
    tabs[0].reload()
    tabs[0].wait_for_function(READY)
    pass_time(10)
    assert 1 <= len(door.attempts) - before <= 3, "15 minutes"
    door.rule = None
    tabs[1].evaluate("() => obc.flush()")
    pass_time(30)
    arrived.wait_for_all(90)
