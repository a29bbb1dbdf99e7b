"""Users: a list to search, and one profile with its ids, traits and timeline."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from events.identity import links, profiles
from events.identity.profiles import Profile, Profiles
from events.query.run import answered
from obc_analytics.errors import BadRequest, NotFound
from tenants.access import at_least

PAGE, EVENTS = 50, 100


@tenant_page("people")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    search, offset = request.GET.get("search", "").strip()[:255], offset_of(request)
    answer = answered(shell.tenant, Profiles(search, PAGE, offset), profiles.listed)
    steps = _steps({"search": search}, offset, PAGE, answer["total"])
    return show(request, shell, "people/list.html", answer=answer, search=search, steps=steps)


@tenant_page("people")
def profile(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`?id=`: any id of the person."""
    id_, offset = request.GET.get("id", ""), offset_of(request)
    if not id_ or len(id_) > 255:
        raise NotFound("There is nobody of this id.")
    answer = answered(shell.tenant, Profile(id_, EVENTS, offset), profiles.one)
    steps = _steps({"id": id_}, offset, EVENTS, answer["person"]["events"])
    joins = answered(shell.tenant, links.Links(id_), links.listed)["links"]
    edits = at_least(shell.role, "analyst")
    return show(request, shell, "people/profile.html", answer=answer, steps=steps, joins=joins, edits=edits)


def offset_of(request: HttpRequest) -> int:
    text = request.GET.get("offset", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise BadRequest("offset is a whole number", parameter="offset")
    return int(text)


def _steps(kept: dict[str, str], offset: int, size: int, total: int) -> dict[str, str]:
    """Queries of the pages before and after; '' where there is none."""
    before = "?" + urlencode({**kept, "offset": max(0, offset - size)}) if offset else ""
    after = "?" + urlencode({**kept, "offset": offset + size}) if offset + size < total else ""
    return {"before": before, "after": after}
