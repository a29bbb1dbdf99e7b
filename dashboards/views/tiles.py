"""One tile of a board: asked on its own, added, changed, taken off."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now

from dashboards.boards import answering, forms
from dashboards.boards.answering import Shown
from dashboards.boards.override import Override
from dashboards.models import Asker, Board, SavedInsight, Tile, TileKind
from dashboards.noting import notes_of
from dashboards.shell import Shell
from dashboards.views.boards import asker_of, posted
from dashboards.views.page import show, tenant_page
from events.query.run import BUILDERS
from events.query.types import Actors
from obc_analytics.errors import BadRequest, NotFound, ObcError
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope


@tenant_page("boards")
def tile(request: HttpRequest, shell: Shell, board_id: uuid.UUID, tile_id: uuid.UUID) -> HttpResponse:
    """Its answer, or its problem: the page around it is well either way, and so is the status."""
    override = Override.read(request.GET, shell.state)
    shown = shown_tile(shell.tenant, board_id, tile_id, asker_of(request, shell), override)
    if Actors not in BUILDERS:  # nobody could say who stands behind a number
        shown = answering.without_people(shown)
    return show(request, shell, "boards/tile.html", shown=shown, tile_id=tile_id)


def shown_tile(
    tenant: TenantConfig,
    board_id: uuid.UUID,
    tile_id: uuid.UUID,
    asker: Asker,
    override: Override,
    *,
    inside: bool = True,
) -> Shown:
    """Raises NotFound when there is no such board or tile for the asker. `inside`: the asker is of the tenant."""
    with tenant_scope(tenant.id):
        board = Board.objects.of(tenant.id).reach(board_id, asker)
        found = find(board, tile_id)
        seen = answering.seen_insights([found], asker)
        if problem := answering.why_not(found, seen):
            return Shown(problem=problem)
        try:
            asked = answering.asked_of(found, override, now())
        except ObcError as error:
            return Shown(problem=error.message)
        if not inside and (problem := answering.stays_inside(asked.question)):
            return Shown(problem=problem)
        notes = notes_of(asked.question, tenant.id) if inside else []
    return answering.answer(tenant, found, asked, answering.title_of(found, seen), notes, inside=inside)


def find(board: Board, tile_id: uuid.UUID) -> Tile:
    """Inside the tenant's scope. Raises NotFound; a note has nothing to ask."""
    rows = Tile.objects.filter(tenant_id=board.tenant_id, board_id=board.id, id=tile_id)
    found = rows.exclude(kind=TileKind.TEXT).select_related("insight").first()
    if found is None:
        raise NotFound("There is no such tile on this board.")
    return found


@tenant_page("boards", needs="analyst")
def add(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """A new tile: `kind` is insight (`insight`), number (`event`, `measure`, `property`, `title`) or text."""
    form, asker = posted(request), asker_of(request, shell)
    try:
        with tenant_scope(shell.tenant.id):
            board = Board.objects.of(shell.tenant.id).take(board_id, asker)
            fields = fields_of(form, shell.tenant.id, asker)
            width, height = forms.SIZES[TileKind(fields["kind"])]
            made = board.add(**{"width": width, "height": height, **fields})
            board.change()
    except BadRequest as error:
        return back(request, shell, board_id, error)
    response = redirect("board", slug=shell.tenant.slug, board_id=board_id)
    response["Location"] += f"#tile-{made.id}"
    return response


def back(request: HttpRequest, shell: Shell, board_id: uuid.UUID, error: BadRequest) -> HttpResponse:
    """To the board, where the reason is told."""
    messages.error(request, error.message, extra_tags="bad")
    return redirect("board", slug=shell.tenant.slug, board_id=board_id)


def fields_of(form: forms.Form, tenant_id: uuid.UUID, asker: Asker) -> dict[str, Any]:
    """The new tile's fields. Raises BadRequest, and NotFound for an insight that is not theirs."""
    kind = form.get("kind", "")
    if kind == TileKind.TEXT:
        return forms.note_tile(form)
    if kind == TileKind.NUMBER:
        return forms.number_tile(form)
    if kind != TileKind.INSIGHT:
        raise BadRequest("A tile is an insight, a number or a text.")
    insight = SavedInsight.objects.of(tenant_id).reach(forms.id_of(form.get("insight", ""), "insight"), asker)
    size = {"width": 3, "height": 2} if (insight.view or {}).get("chart") == "number" else {}
    return {"kind": kind, "insight": insight, **size}


@tenant_page("boards", needs="analyst")
def change(request: HttpRequest, shell: Shell, board_id: uuid.UUID, tile_id: uuid.UUID) -> HttpResponse:
    """`action`: edit (what its kind has) or remove."""
    form, asker = posted(request), asker_of(request, shell)
    try:
        with tenant_scope(shell.tenant.id):
            board = Board.objects.of(shell.tenant.id).take(board_id, asker)
            found = Tile.objects.filter(tenant_id=shell.tenant.id, board_id=board.id, id=tile_id).first()
            if found is None:
                raise NotFound("There is no such tile on this board.")
            act(found, form)
            board.change()
    except BadRequest as error:
        return back(request, shell, board_id, error)
    return redirect("board", slug=shell.tenant.slug, board_id=board_id)


def act(tile: Tile, form: forms.Form) -> None:
    if form.get("action") == "remove":
        tile.delete()
        return
    if form.get("action") != "edit":
        raise BadRequest("There is no such action.")
    fields = {TileKind.TEXT: forms.note_tile, TileKind.NUMBER: forms.number_tile, TileKind.INSIGHT: forms.insight_tile}
    changed = fields[TileKind(tile.kind)](form)
    for name, value in changed.items():
        setattr(tile, name, value)
    tile.save(update_fields=list(changed))
