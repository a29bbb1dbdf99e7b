"""What a real browser must show: the pages on a real stack, in both themes and at a phone's width."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import conftest as shared
from tests.browser.conftest import SCREENS, STICKS_OUT, WATCH, is_problem
from tests.live import LiveStack

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page
browser, signed_in = shared.browser, shared.signed_in

pytestmark = pytest.mark.browser

PAGES = ("overview/",)  # the theme in force; tests/browser walks every page
HOSTILE = '<img src=x onerror="window.hit=1">\u202e'

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Any, live_stack: LiveStack, signed_in: Any) -> Iterator[Open]:
    """`open_page("live/", "dark")`. At the end no page may have logged an error or broken the policy."""
    contexts, problems = [], []

    def make(path: str, screen: str = "light", before: Callable[[Page], None] = lambda page: None) -> Page:
        context = browser.new_context(storage_state=signed_in, **SCREENS[screen])
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", lambda message: is_problem(message) and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        before(page)
        page.goto(f"{live_stack.url}/t/{live_stack.slug}/{path}")
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def event(name: str = "page_view", **fields: Any) -> dict[str, Any]:
    return {"event_id": str(uuid.uuid4()), "event_name": name, "user_id": "ada", **fields}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_on_every_screen(open_page: Open, live_stack: LiveStack, path, screen):
    place = {"page_url": "https://app.example/" + "long/" * 100}
    live_stack.send(
        event(**place, properties={"path": "/x" * 300}),
        event("error", **place, properties={"message": "m" * 300, "stack": "at f (https://app.example/" + "y" * 300}),
        event("form_start", **place, properties={"form": "z" * 300}),
        *[event("web_vital", **place, properties={"metric": name, "value": 1}) for name in ("LCP", "INP", "CLS")],
    )
    page = open_page(path, screen)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(STICKS_OUT) <= 0
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == ("rgb(14, 17, 22)" if screen == "dark" else "rgb(245, 246, 248)")


def test_the_overview_draws_a_chart_and_shows_its_numbers_as_a_table(open_page: Open, live_stack: LiveStack):
    live_stack.send(event())
    page = open_page("overview/?range=24h")
    expect(page.locator("#over-time svg")).to_be_visible()
    assert page.locator("#over-time").get_attribute("aria-label").startswith("Over time, by hour")
    page.get_by_role("button", name="Table").click()
    expect(page.locator("#over-time-table tbody tr")).to_have_count(24)
    expect(page.locator("#over-time")).to_be_hidden()
    counted = sum(
        int(text.replace(",", "")) for text in page.locator("#over-time-table td:nth-child(2)").all_inner_texts()
    )
    shown = page.locator(".kpi", has=page.get_by_text("Events", exact=True)).locator(".kpi-value").inner_text()
    assert f"{counted:,}" == shown


def test_a_chart_shown_as_a_table_is_one_again_for_who_opens_its_address(open_page: Open, live_stack: LiveStack):
    live_stack.send(event())
    page = open_page("overview/?range=24h&table=kpis&table=%22%5D")  # what has no switch, and what is no id, do nothing
    expect(page.locator("#over-time svg")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    assert page.url.endswith("&table=over-time")
    page.reload()
    expect(page.locator("#over-time-table")).to_be_visible()
    expect(page.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("group", name="Range").get_by_role("link", name="7d").click()
    expect(page.locator("#over-time-table")).to_be_visible()
    page.locator("summary", has_text="Dates").click()
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#over-time-table")).to_be_visible()
    assert "tz=Europe" in page.url
    page.get_by_role("button", name="Table").press("Enter")
    expect(page.locator("#over-time svg")).to_be_visible()
    assert "over-time" not in page.url


def test_a_stored_event_shows_live_at_once_and_only_as_text(open_page: Open, live_stack: LiveStack):
    page = open_page("live/")
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    live_stack.send(event(HOSTILE, page_url="javascript:alert(1)", properties={"a": HOSTILE}))
    row = page.get_by_role("button", name="<img src=x")
    expect(row).to_be_visible()
    row.click()
    expect(page.locator("tr.detail pre")).to_contain_text('"page_url": "javascript:alert(1)"')
    assert page.locator(".live-list img, .live-list a:not([href^='/t/'])").count() == 0
    assert page.evaluate("window.hit") is None


def test_a_paused_stream_keeps_what_arrives_until_it_goes_on(open_page: Open, live_stack: LiveStack):
    page = open_page("live/")
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    live_stack.send(event("while_paused"))
    expect(page.get_by_role("button", name="Resume (1 waiting)")).to_be_visible()
    expect(page.get_by_text("while_paused")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("while_paused")).to_be_visible()


def test_the_live_list_is_filtered_by_words_that_stay_in_the_address(open_page: Open, live_stack: LiveStack):
    page = open_page("live/?find=wanted")
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    live_stack.send(event("wanted_one"), event("other_one"))
    expect(page.get_by_role("button", name="wanted_one")).to_be_visible()
    expect(page.get_by_role("button", name="other_one")).to_be_hidden()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("button", name="other_one")).to_be_visible()
    assert "find" not in page.url
    page.get_by_role("button", name="wanted_one").click()
    page.get_by_role("link", name="Everything kept of it").click()
    expect(page.get_by_role("heading", name="wanted_one")).to_be_visible()


def test_a_burst_is_counted_whole_and_the_list_stays_short(open_page: Open):
    """Three seconds' frames as the server makes them, five a second of 40 events, and all at once."""
    shown = [event(f"e{n}", distinct_id="ada", properties={"n": n, "text": "x" * 300}) for n in range(40)]
    frame = json.dumps({"type": "events", "events": shown, "count": 40, "sampled": False})
    sockets: list[Any] = []
    page = open_page("live/", before=served_by(lambda number, socket: sockets.append(socket)))
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    for _ in range(15):
        sockets[0].send(frame)
    expect(page.get_by_text("600 since you opened this page")).to_be_visible()
    expect(page.get_by_text("this is a sample")).to_be_visible()
    assert page.locator("[data-live=rows] tr").count() == 100


def test_ctrl_k_goes_to_a_page_by_keyboard_alone(open_page: Open):
    page = open_page("live/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Go to a page")
    expect(box).to_be_focused()
    expect(page.get_by_role("option", name="Quality: Errors")).to_be_visible()
    page.keyboard.type("quarant")
    expect(page.get_by_role("option")).to_have_count(1)
    assert box.get_attribute("aria-activedescendant") == "palette-0"
    page.keyboard.press("Enter")
    page.wait_for_url("**/data/quarantine/")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_an_invited_person_joins_by_the_link_that_was_shown_once(open_page: Open, browser):
    page = open_page("settings/members/")
    page.get_by_label("For whom").fill("Ada")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#new-link").inner_text()
    page.goto(page.url)
    expect(page.locator("#new-link")).to_have_count(0)
    guest = browser.new_context().new_page()
    guest.goto(link)
    name = f"ada-{uuid.uuid4().hex[:8]}"
    guest.get_by_label("Your name here").fill(name)
    for label in ("Password", "Password, again"):
        guest.get_by_label(label, exact=True).fill("a long pass phrase")
    guest.get_by_role("button", name="Make an account and join").click()
    guest.wait_for_url("**/overview/")
    guest.context.close()
    page.reload()
    expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()


def served_by(answer: Callable[[int, Any], None]) -> Callable[[Page], None]:
    """The live socket played by the test: `answer(number of the connection, socket)`."""
    sockets: list[Any] = []

    def connected(socket: Any) -> None:
        sockets.append(socket)
        answer(len(sockets), socket)

    return lambda page: page.route_web_socket("**/ws/live?*", connected)


def test_a_lost_connection_is_told_and_comes_back(open_page: Open):
    page = open_page("live/", before=served_by(lambda number, socket: socket.close(code=1012) if number == 1 else None))
    expect(page.get_by_text("Not connected")).to_be_visible()
    expect(page.get_by_text("Connected", exact=True)).to_be_visible(timeout=5_000)


def test_a_refusal_is_final(open_page: Open):
    numbers = []

    def refuse(number: int, socket: Any) -> None:
        numbers.append(number)
        socket.close(code=4404, reason="There is no such thing here.")

    page = open_page("live/", before=served_by(refuse))
    expect(page.get_by_text("This tenant is not yours.")).to_be_visible()
    page.wait_for_timeout(1_200)  # longer than the first retry would take
    assert numbers == [1]


def test_a_sample_is_called_a_sample_and_all_are_counted(open_page: Open):
    frame = {"type": "events", "events": [event("shown", distinct_id="ada")], "count": 500, "sampled": True}
    page = open_page("live/", before=served_by(lambda number, socket: socket.send(json.dumps(frame))))
    expect(page.get_by_text("this is a sample")).to_be_visible()
    expect(page.get_by_text("500 since you opened this page")).to_be_visible()


def test_a_test_event_turns_the_install_page_to_received(open_page: Open):
    page = open_page("install/")
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("ok in")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("test_event", timeout=2_000)


@pytest.mark.parametrize("tab, text", [("curl", "curl http"), ("Python", "urlopen"), ("WebSocket", "new WebSocket")])
def test_each_snippet_has_its_tab(open_page: Open, tab, text):
    page = open_page("install/")
    page.get_by_role("radio", name=tab).check()
    expect(page.locator(".tab-panel:visible pre")).to_contain_text(text)


def test_a_secret_is_shown_once_and_a_key_can_be_revoked(open_page: Open):
    page = open_page("settings/keys/")
    page.get_by_label("Name").fill("Nightly job")
    page.get_by_label("Kind").select_option("secret")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#new-secret")).to_contain_text("obc_sk_")
    page.goto(page.url)
    expect(page.locator("#new-secret")).to_have_count(0)
    page.get_by_role("button", name="Revoke Nightly job").click()
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_role("button", name="Revoke Nightly job")).to_have_count(0)


def test_a_chosen_theme_is_in_force_at_once_and_after_a_reload(open_page: Open, live_stack: LiveStack):
    live_stack.send(event())
    page = open_page("overview/?range=24h")
    expect(page.locator("#over-time svg")).to_be_visible()
    page.get_by_label("Theme").click()
    with page.expect_response("**/me/theme"):
        page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    expect(page.locator('#over-time path[stroke="rgb(51, 108, 225)"]').first).to_be_attached()  # drawn anew
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_first_key_skips_to_the_content(open_page: Open):
    page = open_page("live/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_drawer_opens_and_closes_by_keyboard(open_page: Open):
    page = open_page("live/", "phone")
    expect(page.get_by_role("link", name="Data")).to_be_hidden()
    button = page.get_by_role("button", name="Menu")
    button.press("Enter")
    expect(page.get_by_role("link", name="Overview", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Data")).to_be_hidden()
    expect(button).to_be_focused()
