"""Sign in and out, choose a tenant, one's own account."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dashboards import attempts
from events.query.spans import zone_of
from obc_analytics.errors import BadRequest
from tenants.access import memberships

THEMES = {"light", "dark"}
YEAR_S = 365 * 24 * 3600


def home(request: HttpRequest) -> HttpResponse:
    return redirect("tenants")


@sensitive_post_parameters("password")
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    target = _safe_next(request)
    if request.user.is_authenticated:
        return redirect(target)
    if request.method != "POST":
        return render(request, "account/login.html", {"form": AuthenticationForm(request), "next": target})
    name, address = request.POST.get("username", ""), attempts.address_of(request)
    if attempts.is_braked(name, address):
        context = {"form": AuthenticationForm(request), "next": target, "braked": True}
        response = render(request, "account/login.html", context, status=429)
        response["Retry-After"] = str(attempts.WINDOW_S)
        return response
    form = AuthenticationForm(request, request.POST)
    if not form.is_valid():
        attempts.count_failure(name, address)
        return render(request, "account/login.html", {"form": form, "next": target}, status=401)
    attempts.forget(name)
    start_session(request, form.get_user())
    return redirect(target)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect("login")


@never_cache
@login_required
def tenants(request: HttpRequest) -> HttpResponse:
    """The switcher; with exactly one tenant there is nothing to choose."""
    mine = memberships(request.user)
    if len(mine) == 1:
        return redirect("overview", slug=mine[0][0].slug)
    return render(request, "account/tenants.html", {"mine": mine})


@sensitive_post_parameters()
@never_cache
@login_required
def me(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)  # login_required says so
    if request.method != "POST":
        return render(request, "account/me.html", {"form": PasswordChangeForm(user)})
    form = PasswordChangeForm(user, request.POST)
    if not form.is_valid():
        return render(request, "account/me.html", {"form": form}, status=422)
    form.save()
    update_session_auth_hash(request, form.user)  # other sessions end, this one stays
    messages.success(request, "Your password is changed. Other sessions were signed out.", extra_tags="good")
    return redirect("me")


def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie: it belongs to the screen, and the first byte must know it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    response = redirect(_safe_next(request))
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        response.set_cookie(
            "obc_theme", chosen, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    else:
        response.delete_cookie("obc_theme", samesite="Lax")
    return response


@require_POST
def timezone(request: HttpRequest) -> HttpResponse:
    """Keep one's own time zone in a cookie; empty, or one that is unknown: each tenant's own again."""
    response = redirect(_safe_next(request))
    chosen = request.POST.get("timezone", "").strip()
    try:
        zone_of(chosen)
    except BadRequest as error:
        if chosen:
            messages.error(request, error.message, extra_tags="bad")
            return response
    if chosen:
        response.set_cookie(
            "obc_timezone", chosen, max_age=YEAR_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    else:
        response.delete_cookie("obc_timezone", samesite="Lax")
    return response


def _safe_next(request: HttpRequest) -> str:
    """Where to go on: `next` when it is a path of ours, else the tenants."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else settings.LOGIN_REDIRECT_URL
