"""Boards and their tiles: order, size, copies, and what may stand on them."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from dashboards.models import Asker, Board, SavedInsight, Sharing, Tile
from dashboards.models.boards import MOST_TILES
from obc_analytics.errors import BadRequest
from tenants.scope import operator_scope, tenant_scope
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    made = make_tenant()
    with tenant_scope(made.id):
        yield made


@pytest.fixture
def board(tenant):
    return Board.objects.create(tenant=tenant, name="Growth", sharing=Sharing.SHARED)


def add(board, title, **fields):
    return board.add(**{"kind": "text", "title": title, "text": title, "width": 4, "height": 2, **fields})


def titles(board):
    return [tile.title for tile in board.tiles_in_order()]


def test_a_new_tile_stands_behind_the_others(board):
    for title in "abc":
        add(board, title)
    assert titles(board) == ["a", "b", "c"]


def test_arranging_sets_order_and_size(board):
    a, b = add(board, "a"), add(board, "b")
    board.arrange([(b.id, 12, 4), (a.id, 6, 1)])
    assert [(tile.title, tile.width, tile.height) for tile in board.tiles_in_order()] == [("b", 12, 4), ("a", 6, 1)]


def test_a_tile_that_somebody_added_meanwhile_follows_the_arranged_ones(board):
    a, b, _ = add(board, "a"), add(board, "b"), add(board, "new")
    board.arrange([(b.id, 4, 2), (a.id, 4, 2)])
    assert titles(board) == ["b", "a", "new"]


@pytest.mark.parametrize("which", ["twice", "of another board", "unknown"])
def test_arranging_what_is_not_on_the_board_changes_nothing(tenant, board, which):
    a, b = add(board, "a"), add(board, "b")
    other = add(Board.objects.create(tenant=tenant, name="Other"), "c")
    strange = {"twice": b.id, "of another board": other.id, "unknown": uuid.uuid4()}[which]
    with pytest.raises(BadRequest):
        board.arrange([(b.id, 12, 8), (strange, 4, 2), (a.id, 4, 2)])
    assert [(tile.title, tile.width) for tile in board.tiles_in_order()] == [("a", 4), ("b", 4)]


def test_a_full_board_takes_no_further_tile(board):
    for number in range(MOST_TILES):
        add(board, str(number))
    with pytest.raises(BadRequest):
        add(board, "one more")


def test_a_copy_has_the_same_tiles_and_is_private_to_whom_copied_it(tenant, board):
    person = User.objects.create_user("bob")
    insight = SavedInsight.objects.create(tenant=tenant, name="Signups", question={"kind": "trends"})
    add(board, "note")
    board.add(kind="insight", insight=insight, width=8, height=4)
    copy = board.duplicate(Asker(person.pk, "analyst"))
    assert (copy.name, copy.owner, copy.sharing, copy.starter) == ("Growth (copy)", person, "private", False)
    shape = [(tile.kind, tile.title, tile.insight, tile.width) for tile in copy.tiles_in_order()]
    assert shape == [("text", "note", None, 4), ("insight", "", insight, 8)]
    assert titles(board) == ["note", ""]


def test_a_tile_outlives_its_insight(tenant, board):
    insight = SavedInsight.objects.create(tenant=tenant, name="Signups", question={"kind": "trends"})
    tile = board.add(kind="insight", insight=insight, width=8, height=4)
    with connection.cursor() as cursor:  # as the database does it, without Django
        cursor.execute("DELETE FROM saved_insights WHERE id = %s", [insight.id])
    tile.refresh_from_db()
    assert tile.insight_id is None


def test_a_tile_can_not_point_into_another_tenant(board):
    elsewhere = make_tenant("Elsewhere")
    with tenant_scope(elsewhere.id):
        foreign = SavedInsight.objects.create(tenant=elsewhere, name="Theirs", question={"kind": "trends"})
    with pytest.raises(IntegrityError), transaction.atomic():
        board.add(kind="insight", insight_id=foreign.id, width=8, height=4)


def test_a_tenant_has_one_starter_board(tenant):
    Board.objects.create(tenant=tenant, name="First", starter=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Board.objects.create(tenant=tenant, name="Second", starter=True)


def test_boards_of_another_tenant_are_not_there(board):
    add(board, "a")
    with tenant_scope(make_tenant("Elsewhere").id):
        assert not Board.objects.exists() and not Tile.objects.exists()
        assert board.tiles_in_order() == []
    with operator_scope():
        assert Board.objects.count() == 1
