"""Making two people one by hand, step by step: whom, what it does, done; and taking a link apart."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.shell import Shell
from dashboards.views.boards import posted
from dashboards.views.page import show, tenant_page
from events.identity import by_hand, links, profiles
from events.query.run import answered
from obc_analytics.errors import BadRequest, Conflict, NotFound

OFFERED = 20  # people that a search shows


@tenant_page("people", needs="analyst")
def merge(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`?id=`: who stays; `search=` finds whom to join, `other=` shows what joining them does. A POST does it.

    The same address is a page of its own, and the panel beside the profile.
    """
    if request.method == "POST":
        return _merged(request, shell)
    query = request.GET
    id_ = one_id(query.get("id", ""))
    kept = answered(shell.tenant, profiles.Profile(id_, 1), profiles.one)["person"]
    context: dict[str, Any] = {"kept": kept, "search": query.get("search", "").strip()[:255], "problem": ""}
    if query.get("other"):
        context |= _preview(shell, id_, one_id(query["other"]))
    if "plan" not in context:
        context["people"] = _others(shell, context["search"], kept["id"])
    template = "people/merge_steps.html" if request.headers.get("HX-Request") else "people/merge.html"
    return show(request, shell, template, **context)


@tenant_page("people", needs="analyst")
def undo(request: HttpRequest, shell: Shell) -> HttpResponse:
    """Take a pair of ids (`source`, `target`) apart, and go back to the profile of `id`."""
    form = posted(request)
    source, target = one_id(form.get("source", "")), one_id(form.get("target", ""))
    by_hand.undo(shell.tenant, source, target, request.user.get_username())
    messages.success(request, "They are apart: every answer counts them as two from now on.", extra_tags="good")
    return _profile(shell, form.get("id", "") or target)


def one_id(text: str) -> str:
    """Raises NotFound for what can be nobody's id."""
    if not text or len(text) > 255 or "\x00" in text:
        raise NotFound("There is nobody of this id.")
    return text


def _merged(request: HttpRequest, shell: Shell) -> HttpResponse:
    form = posted(request)
    wanted = links.Merge(one_id(form.get("other", "")), one_id(form.get("id", "")))
    done = by_hand.merge(shell.tenant, wanted, request.user.get_username(), as_seen=True)
    moves = done["moves"]
    text = (
        f"Merged: {moves['ids']:,} id{_s(moves['ids'])} joined, {moves['events']:,} event{_s(moves['events'])} moved."
    )
    messages.success(request, f"{text} It can be undone under Joined ids.", extra_tags="good")
    return _profile(shell, done["person"]["id"])


def _preview(shell: Shell, id_: str, other: str) -> dict[str, Any]:
    """What the merge would do; or why it would not be one, beside the search."""
    try:
        return {"plan": answered(shell.tenant, links.Merge(other, id_), links.preview)}
    except (BadRequest, Conflict, NotFound) as error:
        return {"problem": error.message}


def _others(shell: Shell, search: str, id_: str) -> list[dict[str, Any]]:
    if not search:
        return []
    found = answered(shell.tenant, profiles.Profiles(search, OFFERED), profiles.listed)["people"]
    return [person for person in found if person["id"] != id_]


def _profile(shell: Shell, id_: str) -> HttpResponse:
    return redirect(f"{shell.root}people/profile?{urlencode({'id': id_})}")


def _s(number: int) -> str:
    return "" if number == 1 else "s"
