"""What a one-time link opens: joining a tenant, or a new password. Whoever holds the link is its bearer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth import login as start_session
from django.contrib.auth.forms import UserCreationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dashboards import attempts
from obc_analytics.errors import BadRequest, Forbidden
from tenants import links

View = Callable[..., HttpResponse]


def one_time(view: View) -> View:
    """A dead link is a page that says so, the same for every reason; no answer is kept in a cache or an index."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters()
    def wrapper(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except (links.LinkGone, Forbidden):
            response = render(request, "account/link_gone.html", status=404)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper


@one_time
def invite(request: HttpRequest, token: str) -> HttpResponse:
    invitation = links.invitation(token)
    form: UserCreationForm = UserCreationForm(request.POST if request.POST.get("action") == "create" else None)
    problem, status = "", 200
    if request.method == "POST":
        try:
            if _joined(request, token, form):
                return redirect("overview", slug=invitation.tenant.slug)
        except BadRequest as error:
            problem = error.message
        status = 422
    context = {"invitation": invitation, "form": form, "problem": problem, "token": token}
    return render(request, "account/invite.html", context, status=status)


def _joined(request: HttpRequest, token: str, form: UserCreationForm) -> bool:
    """Whether the asker is a member now: with the account of this session, or with a new one."""
    if request.user.is_authenticated:
        links.accept(token, request.user)
        return True
    _brake(request, token)  # one who tries name after name learns which are taken
    if not form.is_bound or not form.is_valid():
        attempts.count_failure(f"invitation-{token}", attempts.address_of(request))
        return False
    with transaction.atomic():  # no account is left behind when the link is used by somebody else meanwhile
        user = form.save()
        links.accept(token, user)
    start_session(request, user)
    return True


def _brake(request: HttpRequest, token: str) -> None:
    if attempts.is_braked(f"invitation-{token}", attempts.address_of(request)):
        raise BadRequest("Too many attempts. Try again in five minutes.")


@one_time
def reset(request: HttpRequest, token: str) -> HttpResponse:
    link = links.reset(token)
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("password", "") != request.POST.get("again", ""):
                raise BadRequest("The two passwords differ.")
            user = links.set_password(token, request.POST.get("password", ""))
            start_session(request, user)
            return redirect("tenants")
        except BadRequest as error:
            problem = error.message
    return render(request, "account/reset.html", {"link": link, "problem": problem}, status=422 if problem else 200)
