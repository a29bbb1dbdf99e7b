"""A link reads its board, and nothing else: every other address and every method is refused with it."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.timezone import now

from dashboards.boards import sharing
from dashboards.models import Annotation, Board, SavedInsight, ShareLink, Sharing
from events.query.relation import SegmentUnreadable
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send
from tests.isolation.test_walk import METHODS, fill, parameters, routes

pytestmark = pytest.mark.django_db
TREND = {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}]}


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


@pytest.fixture
def board(tenant):
    with tenant_scope(tenant.id):
        return Board.objects.create(tenant=tenant, name="Growth", sharing=Sharing.SHARED)


def share(board, lasts=timedelta(days=7), state=""):
    with tenant_scope(board.tenant_id):
        return ShareLink.objects.create_for(board, label="Investors", state=state, lasts=lasts, user_id=None)


def put(board, question=TREND, sharing=Sharing.SHARED, **fields):
    with tenant_scope(board.tenant_id):
        insight = SavedInsight.objects.create(
            tenant_id=board.tenant_id, name="Signups", sharing=sharing, question=question
        )
        return board.add(**{"kind": "insight", "insight": insight, "width": 6, "height": 4, **fields})


def read(token, rest=""):
    return Client().get(f"/share/{token}{rest}")


# --- it is made, and closes ---------------------------------------------------------------------------


def test_an_analyst_makes_a_link_that_is_shown_once(sign_in, tenant, board):
    client, links = sign_in(tenant, "analyst"), f"/t/{tenant.slug}/boards/{board.id}/links"
    made = client.post(f"{links}?range=90d", {"action": "create", "label": "Investors", "days": "30"})
    token = re.search(r"/share/([\w-]{40,})", made.content.decode()).group(1)
    assert token not in client.get(links).content.decode()
    assert read(token).status_code == 200
    with tenant_scope(tenant.id):
        link = ShareLink.objects.get()
    assert token not in repr(vars(link))
    assert timedelta(days=29) < link.expires_at - now() < timedelta(days=31)
    assert link.state == "range=90d"


@pytest.mark.parametrize("form", [{"label": ""}, {"days": "0"}, {"days": "x"}, {"label": "a\x00"}])
def test_a_bad_form_makes_no_link(sign_in, tenant, board, form):
    form = {"action": "create", "label": "x", "days": "7", **form}
    assert sign_in(tenant).post(f"/t/{tenant.slug}/boards/{board.id}/links", form).status_code == 422
    with tenant_scope(tenant.id):
        assert not ShareLink.objects.exists()


def test_a_revoked_link_is_closed_at_once(sign_in, tenant, board):
    link, token = share(board)
    assert read(token).status_code == 200
    form = {"action": "revoke", "link": link.id}
    sign_in(tenant, "analyst").post(f"/t/{tenant.slug}/boards/{board.id}/links", form)
    assert read(token).status_code == 404


def close(board, link, how):
    with tenant_scope(board.tenant_id):
        if how == "expired":
            ShareLink.objects.filter(id=link.id).update(expires_at=now() - timedelta(seconds=1))
        elif how == "revoked":
            link.revoke()
        elif how == "board in the trash":
            board.trash()
        else:
            board.change(sharing=Sharing.PRIVATE)


@pytest.mark.parametrize("how", ["expired", "revoked", "board in the trash", "board private"])
def test_a_closed_link_is_as_one_that_never_was(board, how):
    tile = put(board)
    link, token = share(board)
    close(board, link, how)
    for rest in ("", f"/tiles/{tile.id}"):
        closed, never = read(token, rest), read("x" * 43, rest)
        assert closed.status_code == never.status_code == 404
        assert closed.content == never.content
        assert b"Growth" not in closed.content


def test_guesses_are_braked(board, monkeypatch):
    monkeypatch.setattr(sharing, "READS", 3)
    assert [read(f"guess-{number}").status_code for number in range(5)] == [404, 404, 404, 429, 429]


# --- what it shows ------------------------------------------------------------------------------------


def test_it_needs_no_cookie_sets_none_and_is_not_indexed(board):
    _, token = share(board)
    response = read(token)
    assert response.status_code == 200 and b"Growth" in response.content
    assert not response.cookies
    assert "noindex" in response["X-Robots-Tag"] and response["Referrer-Policy"] == "no-referrer"
    assert b'name="robots" content="noindex' in response.content
    assert "no-store" in response["Cache-Control"]


def test_nothing_on_it_leads_inside(tenant, board):
    put(board)
    _, token = share(board)
    page = read(token).content.decode()
    assert f"/t/{tenant.slug}" not in page and "<form" not in page


def test_its_tiles_answer_below_its_own_address_only(board):
    tile = put(board)
    _, token = share(board)
    with tenant_scope(board.tenant_id):
        other = Board.objects.create(tenant_id=board.tenant_id, name="Other", sharing=Sharing.SHARED)
    foreign = put(other)
    assert read(token, f"/tiles/{tile.id}").status_code == 200
    assert read(token, f"/tiles/{foreign.id}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nobody_behind_a_number_can_be_reached(tenant, board):
    send(tenant, *[make_event("signup", user_id="ada-lovelace") for _ in range(2)])
    tile = put(board)
    _, token = share(board)
    shown = read(token, f"/tiles/{tile.id}").content.decode()
    assert "chart-table" in shown
    assert "data-at" not in shown and "data-people" not in shown and '"question": null' in shown


@pytest.mark.parametrize("by", ["$user_id", "$distinct_id", "profile:email"])
def test_a_chart_that_names_people_stays_inside(board, by):
    tile = put(board, {**TREND, "breakdown": [{"property": by}]})
    _, token = share(board)
    assert "broken down by people" in read(token, f"/tiles/{tile.id}").content.decode()


def test_a_private_insight_stays_inside(board):
    tile = put(board, sharing=Sharing.PRIVATE)
    _, token = share(board)
    for rest in ("", f"/tiles/{tile.id}"):
        shown = read(token, rest).content.decode()
        assert "is private" in shown and "Signups" not in shown


def test_dated_notes_stay_inside(tenant, board):
    with tenant_scope(tenant.id):
        Annotation.objects.create(tenant=tenant, day=now().date(), text="layoffs planned")
    tile = put(board)
    _, token = share(board)
    assert "layoffs" not in read(token, f"/tiles/{tile.id}").content.decode()


def test_what_an_operator_is_to_do_is_not_told_to_strangers(board, monkeypatch):
    def run(tenant, question):
        raise SegmentUnreadable

    monkeypatch.setattr("dashboards.boards.answering.run", run)
    tile = put(board)
    _, token = share(board)
    shown = read(token, f"/tiles/{tile.id}").content.decode()
    assert "right now" in html.unescape(shown) and "manage.py" not in shown


def test_parameters_change_nothing_of_what_it_shows(board, monkeypatch):
    asked = []

    def run(tenant, question):
        asked.append(question)
        return {"kind": "trends", "buckets": [], "incomplete": [], "series": []}

    monkeypatch.setattr("dashboards.boards.answering.run", run)
    tile = put(board)
    _, token = share(board, state="range=7d&tz=Asia/Tokyo")
    read(token, f"/tiles/{tile.id}")
    read(token, f"/tiles/{tile.id}?range=90d&tz=UTC&f=$user_id~is~ada")
    assert asked[0] == asked[1]
    assert asked[0].range.timezone == "Asia/Tokyo"


# --- and nothing else ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_every_other_address_and_every_method_is_refused_with_it():
    side = fill("a", "ours-a")
    with tenant_scope(side.tenant.id):
        board = Board.objects.get(pk=side.objects["dashboards.board"])
    _, token = share(board)
    plain, bearing = Client(), Client(headers={"Authorization": f"Bearer {token}", "X-Share-Token": token})
    bearing.cookies["sessionid"] = token
    values = {**parameters(side), "object_id": "1", "token": token}
    shown, open_to_all = [], 0
    for template, names in routes():
        if "logout" in template or any(name not in values for name in names):
            continue
        path = "/" + template % {name: values[name] for name in names}
        for method in METHODS:
            with_it = getattr(bearing, method)(f"{path}?token={token}&share={token}&key={token}")
            if path.startswith("/share/") and method == "get":
                assert with_it.status_code == 200
                open_to_all += 1
            elif with_it.status_code < 300 and getattr(plain, method)(path).status_code != with_it.status_code:
                shown.append(f"{method} {path}: {with_it.status_code}")
            elif path.startswith("/share/"):
                assert with_it.status_code == 405, f"{method} {path}"
    assert shown == []
    assert open_to_all == 2


def test_a_link_of_one_tenant_shows_nothing_of_another(board):
    elsewhere = make_tenant("Elsewhere")
    with tenant_scope(elsewhere.id):
        theirs = Board.objects.create(tenant=elsewhere, name="Theirs", sharing=Sharing.SHARED)
    tile = put(theirs)
    _, token = share(board)
    assert read(token, f"/tiles/{tile.id}").status_code == 404
