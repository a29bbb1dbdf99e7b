"""What waits is stored where the protocol says, and no state of the storage ever hurts the app."""

from __future__ import annotations

import json

import pytest

from tests.live import wait_for
from tests.sdk.conftest import READY, on_both_hosts

pytestmark = pytest.mark.browser

WINDOW = "() => JSON.parse(localStorage.obc_analytics_events)"
NO_INDEXEDDB = {
    "absent": "delete window.indexedDB; Object.defineProperty(window, 'indexedDB', { value: undefined })",
    "refused": "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
    "silent": "IDBFactory.prototype.open = () => ({})",
    "failing": "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }",
}
NO_LOCALSTORAGE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
)


def problems_of(context) -> list[str]:
    """What the pages of a browser complain about: errors and rejections nobody caught."""
    found: list[str] = []
    context.on("page", lambda page: page.on("pageerror", lambda error: found.append(str(error))))
    return found


@pytest.fixture
def problems(chromium) -> list[str]:
    return problems_of(chromium.context)


def test_it_shows_in_localstorage_what_waits(chromium, site, host, door, arrived, track, live_stack):
    """By hand: go offline, events wait in `obc_analytics_events`; come back, they are sent; the rows agree."""
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    wait_for(lambda: tab.evaluate(WINDOW) == [], "the empty window")
    door.shut()
    chromium.context.set_offline(True)
    track(tab, 0, 12, "opened")
    track(tab, 12, 15, "closed")
    wait_for(lambda: len(tab.evaluate(WINDOW)) == 15, "15 events in the window")
    names = [event["event_name"] for event in tab.evaluate(WINDOW)]
    assert names == ["opened"] * 12 + ["closed"] * 3
    door.open()
    chromium.context.set_offline(False)
    arrived.wait_for_all(15)
    wait_for(lambda: tab.evaluate(WINDOW) == [], "the empty window")
    with live_stack.connect() as db:
        counted = db.execute(
            "SELECT event_name, COUNT(*) FROM analytics_events WHERE properties->>'run' = %s GROUP BY 1 ORDER BY 1",
            [arrived.run],
        ).fetchall()
    assert counted == [("closed", 3), ("opened", 12)]


def test_the_window_stays_small(chromium, site, host, door, arrived, track):
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    track(tab, 0, 2_000)
    wait_for(lambda: tab.evaluate(WINDOW), "the window")
    assert tab.evaluate("() => localStorage.obc_analytics_events.length") <= 65_536
    chunks = "async () => (await indexedDB.databases()).map(({ name }) => name)"
    assert "obc_analytics" in tab.evaluate(chunks)
    door.open()
    tab.evaluate("() => obc.flush()")
    arrived.wait_for_all(2_000, seconds=40)


def test_a_full_localstorage_costs_no_event_and_leaves_the_apps_data_alone(mortal, site, host, door, arrived, track):
    problems = problems_of(mortal.context)
    tab = mortal.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    tab.evaluate("""() => {
        localStorage.app = 'x'.repeat(4_000_000)
        for (let size = 2 ** 21; size >= 1; size >>= 1)
            for (;;) try { localStorage['app' + Math.random()] = 'y'.repeat(size) } catch { break }
        window.before = Object.keys(localStorage).filter((name) => name.startsWith('app')).length
    }""")
    track(tab, 0, 300)
    tab.wait_for_timeout(500)
    kept = tab.evaluate(
        "() => [localStorage.app.length, Object.keys(localStorage).filter((n) => n.startsWith('app')).length - before]"
    )
    assert kept == [4_000_000, 0]
    mortal.kill()
    door.open()
    mortal.start()
    mortal.page(site.url(host)).wait_for_function(READY)
    arrived.wait_for_all(300)
    assert not problems


@pytest.mark.parametrize("how", NO_INDEXEDDB)
def test_without_indexeddb_the_documents_key_is_the_queue(how, chromium, site, host, door, arrived, track, problems):
    chromium.context.add_init_script(NO_INDEXEDDB[how])
    chromium.context.clock.install()
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    track(tab, 0, 40)
    chromium.context.clock.run_for(3_000)  # a database that does not answer is given up after 3 s
    key = "() => Object.keys(localStorage).filter((name) => name.startsWith('obc_analytics_events.'))"
    wait_for(lambda: tab.evaluate(key), "the document's key", seconds=8)
    [name] = tab.evaluate(key)
    stored = json.loads(tab.evaluate("(name) => localStorage[name]", name))
    assert [event["properties"]["n"] for event in stored] == list(range(40))
    tab.reload()
    tab.wait_for_function(READY)
    door.open()
    tab.evaluate("() => obc.flush()")
    arrived.wait_for_all(40)
    wait_for(lambda: tab.evaluate(key) == [], "the key to be gone")
    assert not problems


def test_without_any_storage_events_are_still_sent(chromium, site, host, arrived, track, problems):
    chromium.context.add_init_script(NO_INDEXEDDB["absent"] + ";" + NO_LOCALSTORAGE)
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    track(tab, 0, 30)
    arrived.wait_for_all(30)
    assert not problems


def test_in_a_private_window_the_next_page_sends_what_the_last_one_could_not(
    chromium, site, host, door, arrived, track
):
    tab = chromium.page(site.url(host))
    tab.wait_for_function(READY)
    door.shut()
    track(tab, 0, 30)
    tab.goto(site.url(host, "/next"))
    door.open()
    tab.reload()
    tab.wait_for_function(READY)
    tab.evaluate("() => obc.flush()")
    arrived.wait_for_all(30)


@pytest.mark.slow  # 10,050 events; the same by hand-made events in static/sdk/test
def test_past_the_cap_the_oldest_events_of_low_priority_go_first_and_are_counted(chromium, site, door, arrived, track):
    tab = chromium.page(site.url())
    tab.wait_for_function(READY)
    door.sockets = False
    door.shut()
    tab.evaluate(  # in one task: what is on its way already can't be dropped
        """(run) => {
            for (let n = 0; n < 10_050; n++) obc.track(n < 100 ? 'click' : 'numbered', { run, n })
        }""",
        arrived.run,
    )
    door.open()
    tab.evaluate("() => obc.flush()")
    expected = set(range(50, 10_050))
    wait_for(lambda: len(arrived.numbers()) >= 10_000, "all that fits", arrived.summary, 60)
    assert set(arrived.numbers()) == expected, "the 50 oldest clicks had to go"
    last = max((batch.body["client"] for batch in door.batches), key=lambda client: client["acked"])
    assert last["tracked"] == 10_050
    assert last["dropped"] == {"overflow": 50}


@on_both_hosts
def test_two_tabs_never_write_each_others_keys(chromium, site, host, door, arrived, track):
    watch = """
        const put = Storage.prototype.setItem; window.written = []
        Storage.prototype.setItem = function (name, value) { written.push(name); return put.call(this, name, value) }
    """
    chromium.context.add_init_script(watch + NO_INDEXEDDB["absent"])
    tabs = []
    for number in range(2):
        tab = chromium.page(site.url(host, f"/{number}"))
        tab.wait_for_function(READY)
        tabs.append(tab)
    door.shut()
    for number, tab in enumerate(tabs):
        track(tab, number * 20, number * 20 + 20)
    keys = "() => written.filter((name) => name.startsWith('obc_analytics_events.'))"
    for tab in tabs:
        wait_for(lambda tab=tab: tab.evaluate(keys), "its own key")
    one, other = (set(tab.evaluate(keys)) for tab in tabs)
    assert not one & other
    door.open()
    for tab in tabs:
        tab.evaluate("() => obc.flush()")
    arrived.wait_for_all(40)
