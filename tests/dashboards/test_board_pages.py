"""Boards as pages: who sees and changes what, tiles that fail alone, and what the address lays over all of them."""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest

from dashboards.models import Annotation, Board, SavedInsight, Sharing, Tile
from obc_analytics.errors import Overloaded, TooSlow
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db
PEOPLE = {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}]}
ANSWER = {
    "kind": "trends",
    "buckets": ["2026-11-01", "2026-11-02"],
    "incomplete": [False, False],
    "series": [{"label": "People", "series": 0, "breakdown": [], "values": [3, 4], "total": 1234}],
    "as_of_seq": 1,
    "timing_ms": 1,
}


@pytest.fixture
def board(tenant):
    with tenant_scope(tenant.id):
        return Board.objects.create(tenant=tenant, name="Growth", sharing=Sharing.SHARED)


@pytest.fixture
def insight(tenant):
    with tenant_scope(tenant.id):
        return SavedInsight.objects.create(tenant=tenant, name="Signups", sharing=Sharing.SHARED, question=PEOPLE)


@pytest.fixture
def note(tenant):
    with tenant_scope(tenant.id):
        return Annotation.objects.create(tenant=tenant, day=date(2026, 11, 1), text="Release")


@pytest.fixture
def asked(monkeypatch):
    """Questions that were put, each answered by ANSWER, or by what `asked.answer` raises."""

    class Asked(list):
        answer: Exception | None = None

        def run(self, tenant, question):
            self.append(question)
            if self.answer:
                raise self.answer
            return ANSWER

    found = Asked()
    monkeypatch.setattr("dashboards.boards.answering.run", found.run)
    return found


def put(board, **fields):
    with tenant_scope(board.tenant_id):
        return board.add(**{"kind": "insight", "width": 6, "height": 4, **fields})


def path(board, rest=""):
    return f"/t/{board.tenant.slug}/boards/{board.id}{rest}"


def text(response):
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def tile_text(client, board, tile, query=""):
    return text(client.get(path(board, f"/tiles/{tile.id}{query}")))


# --- what a board shows -------------------------------------------------------------------------------


def test_a_page_has_a_place_for_each_tile_in_order(sign_in, tenant, board, insight):
    first, second = put(board, insight=insight), put(board, kind="text", title="Why", text="Because <b>")
    page = text(sign_in(tenant, "viewer").get(path(board)))
    assert page.index(str(first.id)) < page.index(str(second.id))
    assert "Signups" in page and "Because &lt;b&gt;" in page


def test_a_tile_shows_the_answer_of_its_insight(sign_in, tenant, board, insight, asked):
    assert "1,234" in tile_text(sign_in(tenant, "viewer"), board, put(board, insight=insight))


def test_a_number_shows_its_change_against_the_period_before(sign_in, tenant, board, asked):
    question = {**PEOPLE, "compare": "previous_period"}
    tile = put(board, kind="number", title="People", question=question)
    assert "1,234" in tile_text(sign_in(tenant), board, tile)
    assert asked[0].compare == "previous_period"
    tile_text(sign_in(tenant), board, tile, "?compare=0")
    tile_text(sign_in(tenant), board, tile, "?compare=previous_year")
    assert [each.compare for each in asked[1:]] == [None, "previous_year"]


def test_a_tile_that_compares_with_nothing_is_left_so(sign_in, tenant, board, asked):
    tile_text(sign_in(tenant), board, put(board, kind="number", question=PEOPLE), "?compare=previous_year")
    assert asked[0].compare is None


@pytest.mark.parametrize(
    "error, says", [(TooSlow("Narrow it."), "Narrow it."), (Overloaded("Ask again.", retry_after=5), "again in 5 s")]
)
def test_a_tile_that_fails_says_why_in_its_place(sign_in, tenant, board, insight, asked, error, says):
    asked.answer = error
    assert says in tile_text(sign_in(tenant), board, put(board, insight=insight))


def test_an_error_of_ours_is_a_problem_of_its_tile_and_is_logged(sign_in, tenant, board, insight, asked, caplog):
    asked.answer = RuntimeError("a secret of the machine")
    shown = tile_text(sign_in(tenant), board, put(board, insight=insight))
    assert "Something broke on our side" in shown and "secret" not in shown
    assert "A tile could not be answered" in caplog.text


def test_a_question_that_is_none_any_more_is_a_problem_of_its_tile(sign_in, tenant, board, insight, asked):
    with tenant_scope(tenant.id):
        SavedInsight.objects.filter(id=insight.id).update(question={"kind": "trends", "series": "gone"})
    assert "series" in tile_text(sign_in(tenant), board, put(board, insight=insight))
    assert asked == []


@pytest.mark.parametrize("what, says", [("deleted", "was deleted"), ("trashed", "in the trash"), ("hidden", "private")])
def test_what_a_tile_can_not_show_any_more_is_said(sign_in, tenant, board, insight, what, says):
    tile = put(board, insight=insight)
    with tenant_scope(tenant.id):
        if what == "deleted":
            insight.delete()
        elif what == "trashed":
            insight.trash()
        else:
            insight.change(sharing=Sharing.PRIVATE)
    client = sign_in(tenant, "viewer")
    assert says in text(client.get(path(board))) and says in tile_text(client, board, tile)
    assert what != "hidden" or "Signups" not in text(client.get(path(board)))


@pytest.mark.django_db(transaction=True)
def test_a_tiles_figure_is_the_answer_of_the_query_api(sign_in, tenant, board):
    send(tenant, *[make_event("signup", user_id=f"u{number % 3}") for number in range(7)])
    question = {"kind": "trends", "interval": "day", "series": [{"event": "signup", "measure": "uniques"}]}
    tile = put(board, kind="number", title="Signups", question=question)
    client = sign_in(tenant)
    answer = client.post("/api/v1/analytics/query", json.dumps(question), content_type="application/json").json()
    assert answer["series"][0]["total"] == 3
    assert 'data-label="Signups">3</button>' in tile_text(client, board, tile)


# --- what the address lays over it --------------------------------------------------------------------


def test_without_a_range_each_tile_keeps_its_own(sign_in, tenant, board, insight, asked):
    with tenant_scope(tenant.id):
        insight.change(view={"range": "2026-10-01..2026-10-31"})
    shown = tile_text(sign_in(tenant), board, put(board, insight=insight))
    assert (asked[0].range.from_, asked[0].range.to) == ("2026-10-01", "2026-10-31")
    assert "2026-10-01 to 2026-10-31" in shown


@pytest.mark.parametrize("name, days", [("7d", 7), ("90d", 90)])
def test_a_range_of_the_board_is_every_tiles(sign_in, tenant, board, insight, asked, name, days):
    with tenant_scope(tenant.id):
        insight.change(view={"range": "2026-10-01..2026-10-31"})
    tile_text(sign_in(tenant), board, put(board, insight=insight), f"?range={name}&tz=Asia/Tokyo")
    range_ = asked[0].range
    assert range_.timezone == "Asia/Tokyo"
    assert (date.fromisoformat(range_.to) - date.fromisoformat(range_.from_)).days == days - 1


def test_the_filters_of_the_board_are_every_tiles_beside_its_own(sign_in, tenant, board, insight, asked):
    with tenant_scope(tenant.id):
        insight.change(question={**PEOPLE, "filters": [{"property": "plan", "value": "team"}]})
    tile = put(board, insight=insight)
    query = "?f=$browser~is~Chrome&f=$os~is_not~iOS"
    tile_text(sign_in(tenant), board, tile, query)
    assert [each.property for each in asked[0].filters] == ["plan", "$browser", "$os"]
    assert "f=%24browser~is~Chrome&amp;f=%24os~is_not~iOS" in text(sign_in(tenant).get(path(board, query)))


def test_a_bad_part_of_the_address_is_told_and_the_rest_holds(sign_in, tenant, board, insight, asked):
    tile = put(board, insight=insight)
    page = text(sign_in(tenant).get(path(board, "?range=7d&tz=Nowhere/Land")))
    assert 'role="alert"' in page and f"tiles/{tile.id}?range=7d" in page


def test_a_day_is_drawn_by_the_hour(sign_in, tenant, board, insight, asked):
    tile_text(sign_in(tenant), board, put(board, insight=insight), "?range=24h")
    assert asked[0].interval == "hour"


def test_the_tiles_of_a_page_are_asked_with_its_range(sign_in, tenant, board, insight):
    tile = put(board, insight=insight)
    page = text(sign_in(tenant).get(path(board, "?range=7d")))
    assert f"tiles/{tile.id}?range=7d" in page


# --- changing it --------------------------------------------------------------------------------------


def test_a_new_board_is_private_unless_it_is_said_otherwise(sign_in, tenant):
    client = sign_in(tenant, "analyst")
    made = client.post(f"/t/{tenant.slug}/boards/new", {"name": "Mine"})
    assert made.status_code == 302
    with tenant_scope(tenant.id):
        assert Board.objects.get(name="Mine").sharing == Sharing.PRIVATE
    assert sign_in(tenant, "viewer").get(made["Location"]).status_code == 404


@pytest.mark.parametrize(
    "form, kind",
    [
        ({"kind": "text", "text": "Hello"}, "text"),
        ({"kind": "number", "measure": "total", "event": "signup"}, "number"),
        ({"kind": "number", "measure": "sum", "event": "sale", "property": "amount", "title": "Sold"}, "number"),
        ({"kind": "insight"}, "insight"),
    ],
)
def test_a_tile_is_added_behind_the_others(sign_in, tenant, board, insight, form, kind):
    put(board, kind="text", text="first")
    form = {**form, "insight": insight.id} if kind == "insight" else form
    response = sign_in(tenant, "analyst").post(path(board, "/tiles/"), form)
    with tenant_scope(tenant.id):
        tile = board.tiles_in_order()[-1]
    assert response["Location"].endswith(f"#tile-{tile.id}")
    assert (tile.kind, tile.position) == (kind, 1)


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "text"},
        {"kind": "text", "text": "a\x00b"},
        {"kind": "number", "measure": "sum"},
        {"kind": "number", "measure": "drop table"},
        {"kind": "chart"},
        {},
    ],
)
def test_a_form_that_makes_no_tile_says_why_on_the_board(sign_in, tenant, board, form):
    response = sign_in(tenant).post(path(board, "/tiles/"), form, follow=True)
    assert "notice bad" in text(response)
    with tenant_scope(tenant.id):
        assert board.tiles_in_order() == []


def test_an_insight_of_another_tenant_can_not_be_put_on_a_board(sign_in, tenant, board):
    elsewhere = make_tenant("Elsewhere")
    with tenant_scope(elsewhere.id):
        theirs = SavedInsight.objects.create(tenant=elsewhere, name="Theirs", sharing=Sharing.SHARED, question=PEOPLE)
    response = sign_in(tenant).post(path(board, "/tiles/"), {"kind": "insight", "insight": theirs.id})
    assert response.status_code == 404


def test_a_tile_is_edited_and_taken_off(sign_in, tenant, board):
    tile, client = put(board, kind="text", text="old"), sign_in(tenant, "analyst")
    client.post(path(board, f"/tiles/{tile.id}/change"), {"action": "edit", "text": "new", "title": "Head"})
    with tenant_scope(tenant.id):
        tile.refresh_from_db()
    assert (tile.title, tile.text) == ("Head", "new")
    client.post(path(board, f"/tiles/{tile.id}/change"), {"action": "remove"})
    with tenant_scope(tenant.id):
        assert not Tile.objects.exists()


def arrangement(*places):
    return json.dumps([{"id": str(tile.id), "w": w, "h": h} for tile, w, h in places])


def test_an_arrangement_is_kept(sign_in, tenant, board):
    a, b = put(board, kind="text", title="a"), put(board, kind="text", title="b")
    body = arrangement((b, 12, 2), (a, 3, 1))
    response = sign_in(tenant, "analyst").post(path(board, "/arrange"), body, content_type="application/json")
    assert response.status_code == 204
    with tenant_scope(tenant.id):
        assert [(tile.title, tile.width) for tile in board.tiles_in_order()] == [("b", 12), ("a", 3)]


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[1]", '[{"id": "x", "w": 3, "h": 1}]', '[{"id": "%s", "w": 99, "h": 1}]', "[" * 5000],
)
def test_an_arrangement_that_is_none_is_refused(sign_in, tenant, board, body):
    tile = put(board, kind="text", title="a")
    body = body.replace("%s", str(tile.id))
    response = sign_in(tenant).post(path(board, "/arrange"), body, content_type="application/json")
    assert response.status_code == 400


def test_a_board_goes_to_the_trash_and_comes_back(sign_in, tenant, board):
    client, listing = sign_in(tenant, "analyst"), f"/t/{tenant.slug}/boards/"
    client.post(path(board, "/change"), {"action": "trash"})
    assert f"boards/{board.id}" not in text(client.get(listing))
    assert "Growth" in text(client.get(f"{listing}?trash=1"))
    client.post(path(board, "/change"), {"action": "restore"})
    assert "Growth" in text(client.get(listing))


def test_a_copy_is_made(sign_in, tenant, board):
    put(board, kind="text", title="a")
    response = sign_in(tenant, "analyst").post(path(board, "/change"), {"action": "duplicate"}, follow=True)
    assert "Growth (copy)" in text(response)


# --- roles --------------------------------------------------------------------------------------------


def changes(board, tile, note):
    """Every address that changes something, with a form that would."""
    root = f"/t/{board.tenant.slug}/boards"
    return [
        (f"{root}/new", {"name": "x"}),
        (f"{root}/notes/new", {"day": "2026-11-01", "text": "x"}),
        (f"{root}/notes/{note}", {"action": "delete"}),
        (path(board, "/tiles/"), {"kind": "text", "text": "x"}),
        (path(board, f"/tiles/{tile.id}/change"), {"action": "remove"}),
        (path(board, "/arrange"), {}),
        (path(board, "/links"), {"action": "create", "label": "x", "days": "7"}),
        *[(path(board, "/change"), {"action": action}) for action in ("rename", "duplicate", "trash", "restore")],
    ]


def test_a_viewer_changes_nothing_by_any_address_or_method(sign_in, tenant, board, note):
    tile, client = put(board, kind="text", title="a"), sign_in(tenant, "viewer")
    for address, form in changes(board, tile, note.id):
        assert client.post(address, form).status_code == 403, address
        for method in (client.put, client.patch, client.delete):
            assert method(address).status_code in {403, 405}, address
    with tenant_scope(tenant.id):
        assert Board.objects.count() == 1 and Tile.objects.count() == 1


def test_what_changes_something_takes_a_form_only(sign_in, tenant, board, note):
    tile, client = put(board, kind="text", title="a"), sign_in(tenant)
    for address, _ in changes(board, tile, note.id):
        if not address.endswith("/links"):
            assert client.get(address).status_code == 405, address


def test_another_analysts_private_board_is_not_there(sign_in, tenant, board):
    with tenant_scope(tenant.id):
        board.change(sharing=Sharing.PRIVATE)
    client = sign_in(tenant, "analyst")
    for rest in ("", "/tv", "/links", "/pick", f"/tiles/{uuid.uuid4()}"):
        assert client.get(path(board, rest)).status_code == 404
    assert client.post(path(board, "/change"), {"action": "trash"}).status_code == 404


# --- the board a tenant begins with -------------------------------------------------------------------


def starters(tenant):
    with tenant_scope(tenant.id):
        return list(Board.objects.filter(starter=True).select_related("tenant"))


def test_a_tenant_begins_with_a_board_once(sign_in, tenant):
    client = sign_in(tenant, "analyst")
    for _ in range(2):
        text(client.get(f"/t/{tenant.slug}/boards/"))
    (starter,) = starters(tenant)
    with tenant_scope(tenant.id):
        kinds = [tile.kind for tile in starter.tiles_in_order()]
    assert {"text", "number", "insight"} == set(kinds)
    assert text(sign_in(tenant, "viewer").get(path(starter)))


def test_a_starter_that_was_thrown_away_does_not_come_back(sign_in, tenant):
    client = sign_in(tenant)
    client.get(f"/t/{tenant.slug}/boards/")
    client.post(path(starters(tenant)[0], "/change"), {"action": "trash"})
    client.get(f"/t/{tenant.slug}/boards/")
    assert len(starters(tenant)) == 1 and starters(tenant)[0].trashed_at


def test_every_tile_of_the_starter_can_be_asked(sign_in, tenant):
    client = sign_in(tenant)
    client.get(f"/t/{tenant.slug}/boards/")
    (starter,) = starters(tenant)
    with tenant_scope(tenant.id):
        tiles = [tile for tile in starter.tiles_in_order() if tile.kind != "text"]
    assert len(tiles) >= 8
    for tile in tiles:
        assert "tile-problem" not in tile_text(client, starter, tile)
