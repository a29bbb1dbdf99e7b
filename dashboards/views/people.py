"""Users: a list to search, and one profile with its ids, traits and timeline."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import keeping, show, tenant_page
from events.identity import links, profiles
from events.identity.profiles import Profile, Profiles
from events.query.run import answered
from obc_analytics.errors import BadRequest, NotFound
from tenants.access import at_least

PAGE, EVENTS = 50, 100
SORTS = {"last_seen": "Last seen", "first_seen": "First seen", "events": "Events"}


@tenant_page("people")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    search, offset = request.GET.get("search", "").strip()[:255], offset_of(request)
    order: Any = request.GET["sort"] if request.GET.get("sort") in SORTS else "last_seen"
    shell = keeping(shell, search=search, sort=order if order != "last_seen" else "")
    wanted = Profiles(search, PAGE, offset, tuple(shell.state.question_filters), order)
    answer = answered(shell.tenant, wanted, profiles.listed)
    return show(
        request,
        shell,
        "people/list.html",
        answer=answer,
        search=search,
        sort=order,
        sorts=[(name, label, keeping(shell, sort=name).state.query()) for name, label in SORTS.items()],
        steps=steps(shell, offset, PAGE, answer["total"]),
    )


@tenant_page("people")
def profile(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`?id=`: any id of the person."""
    id_, offset = request.GET.get("id", ""), offset_of(request)
    if not id_ or len(id_) > 255:
        raise NotFound("There is nobody of this id.")
    answer = answered(shell.tenant, Profile(id_, EVENTS, offset), profiles.one)
    joins = answered(shell.tenant, links.Links(id_), links.listed)["links"]
    pages = steps(keeping(shell, id=id_), offset, EVENTS, answer["person"]["events"])
    edits = at_least(shell.role, "analyst")
    return show(request, shell, "people/profile.html", answer=answer, steps=pages, joins=joins, edits=edits)


def offset_of(request: HttpRequest) -> int:
    text = request.GET.get("offset", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise BadRequest("offset is a whole number", parameter="offset")
    return int(text)


def steps(shell: Shell, offset: int, size: int, total: int) -> dict[str, str]:
    """Queries of the pages before and after; '' where there is none."""

    def at(place: int) -> str:
        return keeping(shell, offset=str(place or "")).state.query()

    return {
        "before": at(max(0, offset - size)) if offset else "",
        "after": at(offset + size) if offset + size < total else "",
    }
