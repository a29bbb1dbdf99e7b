"""The frame of a tenant's page: who asks, may they, which state; errors become pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from dashboards.cohorts.internal import lookup
from dashboards.shell import Shell
from dashboards.state import PageState, with_new_filter
from obc_analytics.errors import Forbidden, ObcError
from tenants.access import at_least, member_tenant, memberships

View = Callable[..., HttpResponseBase]


def tenant_page(key: str, needs: str = "viewer") -> Callable[[View], View]:
    """A view `(request, shell)` for `/t/<slug>/…`: signed in, a member, with the role it needs."""

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        @login_required
        def wrapper(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            shell = None
            try:
                shell = _shell(request, slug, key, needs)
                if request.method == "GET" and request.GET.get("fp"):  # a filter as a form sends it gets its address
                    return redirect(f"{request.path}?{with_new_filter(request.GET, lambda: lookup(shell.tenant))}")
                return view(request, shell, **kwargs)
            except ObcError as error:
                return error_page(request, error, shell)

        return wrapper

    return decorate


def _shell(request: HttpRequest, slug: str, key: str, needs: str) -> Shell:
    tenant, role = member_tenant(request.user, slug)
    if not at_least(role, needs):
        raise Forbidden(f"This page needs the role {needs}; yours is {role}. An owner can change that.")
    others = tuple(other for other, _ in memberships(request.user))
    own_timezone = request.COOKIES.get("obc_timezone", "")
    state = PageState.read(request.GET, tenant.timezone, own_timezone, lambda: lookup(tenant))
    return Shell(tenant, role, others, key, state)


def keeping(shell: Shell, **kept: str) -> Shell:
    """The shell whose links to other ranges keep these parts of the URL; an empty one is left out."""
    parts = {**dict(shell.state.kept), **kept}
    named = tuple((name, value) for name, value in parts.items() if value)
    return replace(shell, state=replace(shell.state, kept=named))


def show(request: HttpRequest, shell: Shell, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A whole page, or a fragment of one, in its shell."""
    return render(request, template, {"shell": shell, **context}, status=status)


def error_page(request: HttpRequest, error: ObcError, shell: Shell | None = None) -> HttpResponse:
    """The reason, and what to do: a page that leads back into the tenant, or a tile where htmx asked for a part."""
    template = "partials/error_tile.html" if request.headers.get("HX-Request") else "error.html"
    response = render(request, template, {"error": error, "shell": shell}, status=error.status)
    for name, value in error.headers().items():
        response[name] = value
    return response
