"""Boards: the list, one board, its wall screen, and what can be done with them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.boards import forms
from dashboards.boards.answering import seen_insights, title_of, why_not
from dashboards.boards.override import Override
from dashboards.boards.starter import ensure_starter
from dashboards.models import Asker, Board, SavedInsight, Sharing, Tile
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from obc_analytics.errors import BadRequest, MethodNotAllowed
from tenants.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile as the page places it. `problem` is known before it is asked."""

    tile: Tile
    title: str
    problem: str

    @property
    def asks(self) -> bool:
        return self.tile.kind != "text" and not self.problem

    @property
    def series(self) -> Any:
        return forms.series_of(self.tile.question)


def asker_of(request: HttpRequest, shell: Shell) -> Asker:
    return Asker(request.user.pk, shell.role)


def placed(tiles: list[Tile], asker: Asker) -> list[Placed]:
    """Inside the tenant's scope."""
    seen = seen_insights(tiles, asker)
    return [Placed(tile, title_of(tile, seen), why_not(tile, seen)) for tile in tiles]


def posted(request: HttpRequest) -> dict[str, str]:
    """The form of a POST. Raises MethodNotAllowed for everything else."""
    if request.method != "POST":
        raise MethodNotAllowed("This address takes a form (POST).")
    return request.POST.dict()


@tenant_page("boards")
def listing(request: HttpRequest, shell: Shell) -> HttpResponse:
    asker, find = asker_of(request, shell), request.GET.get("find", "")[:200]
    in_trash = request.GET.get("trash") == "1"
    with tenant_scope(shell.tenant.id):
        if asker.writes:
            ensure_starter(shell.tenant.id)
        mine = Board.objects.of(shell.tenant.id).visible_to(asker)
        shown = mine.trashed() if in_trash else mine.kept()
        boards = list(shown.search(find).select_related("owner").order_by("-updated_at", "-id")[:500])
        trashed = mine.trashed().count()
    context: dict[str, Any] = {"boards": boards, "find": find, "in_trash": in_trash, "trashed": trashed, "asker": asker}
    return show(request, shell, "boards/list.html", **context)


@tenant_page("boards", needs="analyst")
def create(request: HttpRequest, shell: Shell) -> HttpResponse:
    form = posted(request)
    with tenant_scope(shell.tenant.id):
        board = Board.objects.create(
            tenant_id=shell.tenant.id,
            name=forms.text_of(form, "name", 200, "The board's name"),
            sharing=Sharing.SHARED if form.get("sharing") == Sharing.SHARED else Sharing.PRIVATE,
            owner_id=request.user.pk,
        )
    return redirect("board", slug=shell.tenant.slug, board_id=board.id)


@tenant_page("boards")
def page(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """The frame, at once; each tile asks for itself."""
    context = board_context(request, shell, board_id)
    return show(request, replace(shell, state=context["override"].state), "boards/page.html", **context)


@tenant_page("boards")
def tv(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """The same for a wall: no controls, asked anew by itself, dark unless somebody chose otherwise."""
    context = board_context(request, shell, board_id)
    return show(request, shell, "boards/tv.html", default_theme="dark", **context)


def board_context(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> dict[str, Any]:
    asker = asker_of(request, shell)
    with tenant_scope(shell.tenant.id):
        board = Board.objects.of(shell.tenant.id).reach(board_id, asker)
        tiles = placed(board.tiles_in_order(), asker)
        may_change = board.may_change(asker) and board.trashed_at is None
    override = Override.read(request.GET, shell.state)
    return {
        "board": board,
        "tiles": tiles,
        "may_change": may_change,
        "asker": asker,
        "override": override,
        "tiles_root": f"{shell.root}boards/{board.id}/tiles/",
        "measures": forms.MEASURES,
    }


@tenant_page("boards", needs="analyst")
def change(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """`action`: rename (name, description, sharing), duplicate, trash or restore."""
    form, asker = posted(request), asker_of(request, shell)
    action = ACTIONS.get(form.get("action", ""))
    if action is None:
        raise BadRequest("There is no such action.")
    with tenant_scope(shell.tenant.id):
        return action(request, shell, board_id, asker, form)


def _rename(request: HttpRequest, shell: Shell, board_id: uuid.UUID, asker: Asker, form: forms.Form) -> HttpResponse:
    board = Board.objects.of(shell.tenant.id).take(board_id, asker)
    board.change(
        name=forms.text_of(form, "name", 200, "The board's name"),
        description=forms.text_of(form, "description", 2_000, "The description", needed=False),
        sharing=Sharing.SHARED if form.get("sharing") == Sharing.SHARED else Sharing.PRIVATE,
    )
    return redirect("board", slug=shell.tenant.slug, board_id=board_id)


def _duplicate(request: HttpRequest, shell: Shell, board_id: uuid.UUID, asker: Asker, form: forms.Form) -> HttpResponse:
    copy = Board.objects.of(shell.tenant.id).reach(board_id, asker).duplicate(asker)
    messages.success(request, "This is the copy. It is private until you share it.", extra_tags="good")
    return redirect("board", slug=shell.tenant.slug, board_id=copy.id)


def _trash(request: HttpRequest, shell: Shell, board_id: uuid.UUID, asker: Asker, form: forms.Form) -> HttpResponse:
    board = Board.objects.of(shell.tenant.id).take(board_id, asker)
    board.trash()
    messages.success(request, f"“{board.name}” is in the trash. Links to it are closed.", extra_tags="good")
    return redirect("boards", slug=shell.tenant.slug)


def _restore(request: HttpRequest, shell: Shell, board_id: uuid.UUID, asker: Asker, form: forms.Form) -> HttpResponse:
    Board.objects.of(shell.tenant.id).take(board_id, asker).restore()
    return redirect("board", slug=shell.tenant.slug, board_id=board_id)


ACTIONS = {"rename": _rename, "duplicate": _duplicate, "trash": _trash, "restore": _restore}


@tenant_page("boards", needs="analyst")
def arrange(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """Order and size of the tiles, as board.js sends them."""
    posted(request)
    places = forms.places_of(request.body)
    with tenant_scope(shell.tenant.id):
        board = Board.objects.of(shell.tenant.id).take(board_id, asker_of(request, shell))
        board.arrange(places)
        board.change()
    return HttpResponse(status=204)


@tenant_page("boards", needs="analyst")
def pick(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """Saved insights to choose from for a new tile; `find` narrows them."""
    asker, find = asker_of(request, shell), request.GET.get("find", "")[:200]
    with tenant_scope(shell.tenant.id):
        board = Board.objects.of(shell.tenant.id).reach(board_id, asker)
        known = SavedInsight.objects.of(shell.tenant.id).visible_to(asker).kept()
        insights = list(known.search(find).order_by("-updated_at", "-id")[:50])
    return show(request, shell, "boards/pick.html", board=board, insights=insights, find=find)


@tenant_page("boards", needs="analyst")
def onto(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The menu "Add to board" of an insight (`?insight=<id>`): the boards that this person may change."""
    asker = asker_of(request, shell)
    with tenant_scope(shell.tenant.id):
        insight = SavedInsight.objects.of(shell.tenant.id).reach(
            forms.id_of(request.GET.get("insight", ""), "insight"), asker
        )
        known = Board.objects.of(shell.tenant.id).visible_to(asker).kept().order_by("-updated_at", "-id")[:50]
        boards = [board for board in known if board.may_change(asker)]
    return show(request, shell, "boards/onto.html", insight=insight, boards=boards)
