"""Pages hide, are frozen and come back: what is born then is kept, and the page stays out of nobody's way."""

from __future__ import annotations

import pytest

from tests.live import wait_for
from tests.sdk.conftest import READY, on_both_hosts
from tests.sdk.site import page

pytestmark = pytest.mark.browser

HIDE = """() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
}"""
SHOW = HIDE.replace("'hidden'", "'visible'")


def test_a_page_that_comes_back_from_the_back_forward_cache_goes_on(chromium, site, host, arrived, door, script):
    body = f"""<script>
        addEventListener('pageshow', (event) => {{ window.cameBack = event.persisted }})
        addEventListener('pagehide', () => obc.track('leaving', {{ run: '{arrived.run}', n: window.n++ }}))
    </script>"""
    site.pages["/first"] = page(script, body)
    tab = chromium.page(site.url(host, "/first"))
    tab.wait_for_function(READY)
    wait_for(lambda: sockets(door) == 1, "the socket")
    tab.wait_for_timeout(300)
    tab.evaluate("(run) => { window.n = 1; obc.track('first', { run, n: 0 }) }", arrived.run)
    tab.goto(site.url(host, "/second"))
    tab.wait_for_function(READY)
    tab.evaluate("() => history.back()")
    tab.wait_for_url("**/first", wait_until="commit")  # a restored page fires no load
    tab.wait_for_function("() => window.cameBack !== undefined")
    assert tab.evaluate("window.cameBack") is True, tab.evaluate(NOT_RESTORED)
    tab.evaluate("(run) => obc.track('back', { run, n: 2 })", arrived.run)
    arrived.wait_for_all(3)
    wait_for(lambda: sockets(door) >= 2, "its socket, open again")


NOT_RESTORED = "() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)"


def sockets(door) -> int:
    return len([request for request in door.requests if request.kind == "socket"])


@on_both_hosts
def test_events_born_while_hiding_are_saved_before_the_page_can_end(chromium, site, host, door, arrived, track):
    """Nothing runs after this task but a microtask: what it did not save synchronously is gone with the browser."""
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    tab.evaluate(
        "(run) => addEventListener('visibilitychange', () => obc.track('hiding', { run, n: 1 }), { once: true })",
        arrived.run,
    )
    tab.evaluate("(run) => obc.track('before', { run, n: 0 })", arrived.run)
    tab.evaluate(f"void (window.hide = {HIDE})")
    saved = tab.evaluate(
        """async () => {
            hide()
            await null; await null
            const name = Object.keys(localStorage).find((name) => name.startsWith('obc_analytics_events.'))
            return JSON.parse(localStorage[name] || '[]').map((event) => event.event_name)
        }"""
    )
    assert "hiding" in saved
    door.open()
    tab.evaluate(SHOW)
    tab.evaluate("() => obc.flush()")
    arrived.wait_for_all(2)


def test_a_hidden_page_has_no_socket_and_still_delivers(chromium, site, host, door, arrived, track):
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    wait_for(lambda: sockets(door) == 1, "the socket")
    tab.wait_for_timeout(500)
    tab.evaluate(HIDE)
    tab.wait_for_timeout(1_500)
    track(tab, 0, 30)
    arrived.wait_for_all(30)
    assert sum(len(batch.body["events"]) for batch in door.batches) == 30
    tab.evaluate(SHOW)
    wait_for(lambda: sockets(door) == 2, "the socket again")


# in one task, so that no request has its answer yet
TRACK_AND_HIDE = """(run) => {
    const flights = [], send = window.fetch
    window.fetch = (url, options) => {
        flights.push([options.keepalive, options.body.size])
        return send(url, options)
    }
    for (let n = 0; n < 300; n++) obc.track('numbered', { run, n })
    hide()
    return flights
}"""


def test_what_is_sent_while_leaving_fits_into_the_browsers_limit(chromium, site, host, door, arrived):
    """Browsers refuse more than 64 KB of keepalive bodies in flight, all of them together."""
    door.sockets = False
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    tab.evaluate(f"void (window.hide = {HIDE})")
    flights = tab.evaluate(TRACK_AND_HIDE, arrived.run)
    assert flights, "something is sent at once"
    assert all(keepalive for keepalive, _ in flights)
    assert sum(size for _, size in flights) <= 60_000
    arrived.wait_for_all(300)


def test_a_document_gives_up_its_lock_when_it_is_left(chromium, site, arrived):
    tab = chromium.page(site.url("localhost"))
    tab.wait_for_function(READY)
    names = """async () => {
        const { held } = await navigator.locks.query()
        return held.map(({ name }) => name).filter((name) => /^obc.[0-9a-f]/.test(name))
    }"""
    wait_for(lambda: len(tab.evaluate(names)) == 1, "the document's lock")
    before = tab.evaluate(names)
    tab.goto(site.url("localhost", "/second"))
    tab.wait_for_function(READY)
    wait_for(
        lambda: tab.evaluate(names) not in ([], before) and len(tab.evaluate(names)) == 1,
        "the next document's lock only",
    )


@on_both_hosts
def test_tabs_share_one_session_and_one_device(chromium, site, host):
    tabs = [chromium.page(site.url(host)) for _ in range(2)]
    for tab in tabs:
        tab.wait_for_function(READY)
        tab.evaluate("() => obc.track('hello')")
    assert len({tab.evaluate("obc.sessionId") for tab in tabs}) == 1
    assert len({tab.evaluate("obc.deviceId") for tab in tabs}) == 1
    assert len({tab.evaluate("obc.correlationId") for tab in tabs}) == 2
