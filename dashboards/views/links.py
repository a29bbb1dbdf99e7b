"""Links to a board for people without an account: made, listed, revoked."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from dashboards.boards import forms
from dashboards.boards.override import Override
from dashboards.models import Board, ShareLink, Sharing
from dashboards.shell import Shell
from dashboards.views.boards import asker_of
from dashboards.views.page import show, tenant_page
from obc_analytics.errors import BadRequest, Conflict, NotFound
from tenants.scope import tenant_scope

LASTS = {"1": "1 day", "7": "7 days", "30": "30 days", "90": "90 days", "365": "1 year"}


@tenant_page("boards", needs="analyst")
def page(request: HttpRequest, shell: Shell, board_id: uuid.UUID) -> HttpResponse:
    """The list. A POST answers with the list too, not with a redirect: a new link is in that answer only.

    A link shows the board as it is seen with this address: its range and filters travel with it.
    """
    url = problem = ""
    override = Override.read(request.GET, shell.state)
    with tenant_scope(shell.tenant.id):
        board = Board.objects.of(shell.tenant.id).take(board_id, asker_of(request, shell))
        if request.method == "POST":
            try:
                url = _act(request, board, override.query)
            except (BadRequest, Conflict) as error:
                problem = error.message
        links = list(_of(board).select_related("author").order_by("-created_at", "-id")[:200])
    moment = now()
    open_links = [link for link in links if link.is_open(moment)]
    context = {"board": board, "open_links": open_links, "closed": [link for link in links if link not in open_links]}
    context |= {"url": url, "problem": problem, "lasts": LASTS, "override": override}
    return show(request, shell, "boards/links.html", status=422 if problem else 200, **context)


def _of(board: Board):
    return ShareLink.objects.filter(tenant_id=board.tenant_id, board_id=board.id)


def _act(request: HttpRequest, board: Board, state: str) -> str:
    """The address of a link made just now; empty after a revocation."""
    form = request.POST.dict()
    if form.get("action") == "revoke":
        link = _of(board).filter(id=forms.id_of(form.get("link", ""), "link")).first()
        if link is None:
            raise NotFound("There is no such link.")
        link.revoke()
        return ""
    if form.get("action") != "create":
        raise BadRequest("There is no such action.")
    if board.sharing != Sharing.SHARED or board.trashed_at is not None:
        raise Conflict("This board is private or in the trash: share it with the tenant first.")
    if form.get("days") not in LASTS:
        raise BadRequest("Choose how long the link is open.")
    label = forms.text_of(form, "label", 100, "Whom the link is for")
    _, token = ShareLink.objects.create_for(
        board, label=label, state=state[1:], lasts=timedelta(days=int(form["days"])), user_id=request.user.pk
    )
    return request.build_absolute_uri(f"/share/{token}")
