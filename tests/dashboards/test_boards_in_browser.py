"""Boards as a person uses them: arranged by pointer and keys, tiles that fail alone, a wall screen, a link."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.dashboards import test_in_browser as in_browser
from tests.live import LiveStack

sync_api = in_browser.sync_api
expect, Page = sync_api.expect, sync_api.Page
browser, signed_in, open_page = in_browser.browser, in_browser.signed_in, in_browser.open_page

pytestmark = pytest.mark.browser

PEOPLE = {"kind": "number", "measure": "uniques", "title": "People"}
TILE = re.compile(r"/tiles/[0-9a-f-]{36}")


@pytest.fixture
def make_board(open_page, live_stack: LiveStack):
    """`make_board({"kind": "text", …}, …, screen="light")`: an open page of a new shared board with these tiles."""

    def make(*tiles: dict[str, Any], screen: str = "light", query: str = "") -> Page:
        page = open_page("boards/", screen)
        address = post(page, f"/t/{live_stack.slug}/boards/new", {"name": "Growth", "sharing": "shared"})
        for tile in tiles:
            post(page, f"{address}/tiles/", tile)
        page.goto(address + query)
        return page

    return make


def post(page: Page, path: str, form: dict[str, Any]) -> str:
    """Send a form as the page would; where it leads to."""
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(
        page.url.split("/t/")[0] + path.removeprefix(page.url.split("/t/")[0]),
        form={**form, "csrfmiddlewaretoken": token},
    )
    assert answer.ok
    return answer.url.split("#")[0]


def note(title: str) -> dict[str, str]:
    return {"kind": "text", "title": title}


def titles(page: Page) -> list[str]:
    return page.locator(".tile h2").all_inner_texts()


def arranging(page: Page) -> Page:
    page.get_by_role("button", name="Arrange").click()
    return page


def saved(page: Page) -> None:
    expect(page.locator("[data-board-status]")).to_contain_text("Saved.")
    page.reload()


def save_insight(stack: LiveStack, question: dict[str, Any]) -> str:
    with stack.connect() as connection:
        row = connection.execute(
            "INSERT INTO saved_insights (id, tenant_id, name, description, sharing, version, created_at, updated_at,"
            " question, view) VALUES (gen_random_uuid(), %s, 'Broken', '', 'shared', 1, now(), now(), %s, '{}')"
            " RETURNING id",
            [stack.tenant_id, json.dumps(question)],
        ).fetchone()
    assert row
    return str(row[0])


def test_tiles_are_arranged_by_keys_and_stay_so(make_board):
    page = arranging(make_board(note("One"), note("Two"), note("Three")))
    page.get_by_role("button", name="Move Three").press("ArrowLeft")
    page.get_by_role("button", name="Resize One").press("ArrowLeft")
    page.get_by_role("button", name="Resize One").press("ArrowDown")
    expect(page.get_by_role("button", name="Resize One")).to_be_focused()
    saved(page)
    assert titles(page) == ["One", "Three", "Two"]
    expect(page.locator(".tile").first).to_have_class(re.compile("cols-11 rows-2"))


def test_what_is_moved_by_keys_keeps_the_focus_and_says_its_place(make_board):
    page = arranging(make_board(note("One"), note("Two"), note("Three")))
    grip = page.get_by_role("button", name="Move One")
    for place in (2, 3, 3):
        grip.press("ArrowDown")
        expect(grip).to_be_focused()
        expect(page.locator("[data-board-status]")).to_contain_text(f"One: place {place} of 3")


def test_a_sheet_closes_its_menu_and_gives_the_focus_back_to_it(make_board):
    page = make_board(note("One"))
    page.locator("summary", has_text="Add").press("Enter")
    page.get_by_role("button", name="Text", exact=True).press("Enter")
    expect(page.get_by_role("dialog", name="Add a text")).to_be_visible()
    expect(page.locator("details.menu[open]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("summary", has_text="Add")).to_be_focused()


def test_a_number_opens_its_people_on_a_board_and_nothing_on_the_wall(make_board, live_stack: LiveStack):
    live_stack.send(in_browser.event())
    page = make_board(PEOPLE)
    page.locator(".number-tile .kpi .pick").click()
    expect(page.get_by_role("dialog", name="People")).to_contain_text("Last seen")
    page.goto(f"{page.url}/tv")
    page.locator(".number-tile .kpi .pick").dispatch_event("click")  # a script error would fail the test
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_tiles_are_arranged_by_pointer_and_stay_so(make_board):
    page = arranging(make_board(note("One"), note("Two"), note("Three")))
    target = page.locator(".tile", has_text="One").bounding_box()
    page.get_by_role("button", name="Move Three").hover()
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 20, steps=4)
    expect(page.locator('[data-drop="before"]')).to_have_count(1)
    page.mouse.up()
    saved(page)
    assert titles(page) == ["Three", "One", "Two"]


def test_escape_puts_a_dragged_tile_back(make_board):
    page = arranging(make_board(note("One"), note("Two")))
    page.get_by_role("button", name="Move Two").hover()
    page.mouse.down()
    page.mouse.move(400, 200, steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert titles(page) == ["One", "Two"]
    expect(page.locator(".dragged, [data-drop]")).to_have_count(0)


def test_a_tile_is_resized_by_its_corner(make_board):
    page = arranging(make_board(note("One")))
    corner, grid = page.get_by_role("button", name="Resize One"), page.locator("[data-board]").bounding_box()
    corner.hover()
    page.mouse.down()
    page.mouse.move(grid["x"] + grid["width"] / 2, corner.bounding_box()["y"] + 190, steps=4)
    page.mouse.up()
    saved(page)
    expect(page.locator(".tile")).to_have_class(re.compile("cols-6 rows-3"))


def test_a_tile_that_fails_says_why_and_the_rest_lives(make_board, live_stack: LiveStack):
    live_stack.send(in_browser.event())
    filter_ = {"property": "$path", "op": "regex", "value": "("}
    broken = save_insight(live_stack, {"kind": "trends", "series": [{"event": "*", "filters": [filter_]}]})
    page = make_board({"kind": "insight", "insight": broken}, PEOPLE)
    expect(page.locator(".tile").first).to_contain_text("regular expression")
    expect(page.locator(".kpi-value")).to_have_text(re.compile(r"^[1-9]"))


def test_the_boards_range_is_every_tiles(make_board):
    page = make_board(PEOPLE, {**PEOPLE, "title": "Again"})
    expect(page.locator(".tile-range").first).to_have_text("last 30 days")
    asked = []
    page.on("request", lambda request: TILE.search(request.url) and asked.append(request.url))
    page.get_by_role("link", name="7d").click()
    expect(page.locator(".kpi-value")).to_have_count(2)
    assert len(asked) == 2 and all("range=7d" in address for address in asked)


def test_a_board_asks_two_tiles_at_a_time(make_board):
    page = make_board(*[{**PEOPLE, "title": f"Number {number}"} for number in range(6)])
    expect(page.locator(".kpi-value")).to_have_count(6)  # else requests of before the reload count as under way
    under_way, most = [0], [0]

    def hold(route: Any) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        answer = route.fetch()
        under_way[0] -= 1
        route.fulfill(response=answer)

    page.route(TILE, hold)
    page.reload()
    expect(page.locator(".kpi-value")).to_have_count(6)
    assert most[0] <= 2


def test_tiles_stack_on_a_phone(make_board):
    page = make_board(note("One"), {**PEOPLE, "title": "People"}, note("Two"), screen="phone")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("innerWidth") == 390 and page.evaluate("document.documentElement.scrollWidth") <= 390
    lefts = page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1


def test_the_wall_screen_is_dark_and_has_no_controls(make_board):
    page = make_board(PEOPLE)
    page.get_by_role("link", name="Show on a wall screen").click()
    expect(page.locator(".kpi-value")).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()
    expect(page.get_by_role("button", name="Add")).to_have_count(0)


def test_a_link_shows_the_board_to_who_has_no_account_until_it_is_revoked(make_board, browser):
    page = make_board(PEOPLE, note("Read me"))
    page.get_by_role("link", name="Share by a link").click()
    page.get_by_label("For whom").fill("Investors")
    page.get_by_role("button", name="Make a link").click()
    address = page.locator("#new-link").inner_text().strip()
    stranger = browser.new_page()
    stranger.goto(address)
    expect(stranger.get_by_role("heading", name="Growth")).to_be_visible()
    expect(stranger.locator(".kpi-value")).to_be_visible()
    assert stranger.context.cookies() == []
    page.get_by_role("button", name="Revoke the link for Investors").click()
    page.get_by_role("button", name="Revoke this link").click()
    assert stranger.goto(address).status == 404
    stranger.close()


def test_a_note_on_a_day_is_drawn_on_a_chart(make_board, live_stack: LiveStack):
    live_stack.send(in_browser.event())
    insight = save_insight(live_stack, {"kind": "trends", "series": [{"event": "*"}]})
    page = make_board({"kind": "insight", "insight": insight})
    page.locator("summary", has_text="Add").click()
    page.get_by_role("button", name="Note on a day").click()
    sheet = page.get_by_role("dialog", name="Note on a day")
    sheet.get_by_label("Day").fill(page.evaluate("new Date().toISOString().slice(0, 10)"))
    sheet.get_by_label("What happened").fill("Release <b>2.4</b>")
    sheet.get_by_role("button", name="Add").click()
    expect(page.locator(".tile .chart-notes")).to_contain_text("Release <b>2.4</b>")
