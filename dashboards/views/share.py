"""One board for whoever has its link: no account, no cookie, nothing but to look.

What is shown was fixed when the link was made: parameters of these addresses are not read. Private insights,
dated notes (they are the tenant's own), statements and charts that name people stay inside.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache

from dashboards import attempts
from dashboards.boards.answering import without_people
from dashboards.boards.sharing import STRANGER, Opened, opened
from dashboards.models import Board
from dashboards.views.boards import placed
from dashboards.views.page import error_page
from dashboards.views.tiles import shown_tile
from obc_analytics.errors import MethodNotAllowed, ObcError
from tenants.scope import tenant_scope

View = Callable[..., HttpResponse]


def by_link(view: View) -> View:
    """A view `(request, opened)` for `/share/<token>…`. A link that is not open is the same page for every reason."""

    @wraps(view)
    @never_cache
    def wrapper(request: HttpRequest, token: str, **kwargs: uuid.UUID) -> HttpResponse:
        try:
            if request.method not in {"GET", "HEAD"}:
                raise MethodNotAllowed("A link to a board only shows it.")
            response = view(request, opened(token, attempts.address_of(request), now()), **kwargs)
        except ObcError as error:
            response = error_page(request, error)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "no-referrer"  # the address is the key
        return response

    return wrapper


@by_link
def page(request: HttpRequest, share: Opened) -> HttpResponse:
    with tenant_scope(share.tenant.id):
        board = Board.objects.of(share.tenant.id).reach(share.link.board_id, STRANGER)
        tiles = placed(board.tiles_in_order(), STRANGER)
    context = {
        "board": board,
        "tiles": tiles,
        "link": share.link,
        "override": share.override,
        "tiles_root": f"{request.path.rstrip('/')}/tiles/",
    }
    return render(request, "boards/share.html", context)


@by_link
def tile(request: HttpRequest, share: Opened, tile_id: uuid.UUID) -> HttpResponse:
    shown = shown_tile(share.tenant, share.link.board_id, tile_id, STRANGER, share.override, inside=False)
    return render(request, "boards/tile.html", {"shown": without_people(shown), "tile_id": tile_id})
