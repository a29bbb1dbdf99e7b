"""What an owner decides for a tenant: its name and zone, who may send, and what is kept how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dashboards.cohorts.naming import names_of
from dashboards.forms import GeneralForm, OriginsForm, timezones
from dashboards.keeping import kept
from dashboards.shell import Shell
from dashboards.views.page import show, tenant_page
from tenants.auth import forget_keys
from tenants.models import Tenant
from tenants.scope import tenant_scope


@tenant_page("general", needs="owner")
def general(request: HttpRequest, shell: Shell) -> HttpResponse:
    cohorts = list(names_of(shell.tenant.id).items())
    return _edit(request, shell, GeneralForm, "settings/general.html", timezones=timezones, cohorts=cohorts)


@tenant_page("origins", needs="owner")
def origins(request: HttpRequest, shell: Shell) -> HttpResponse:
    return _edit(request, shell, OriginsForm, "settings/origins.html")


@tenant_page("retention", needs="owner")
def retention(request: HttpRequest, shell: Shell) -> HttpResponse:
    return show(request, shell, "settings/retention.html", kept=kept(shell.tenant.id))


def _edit(
    request: HttpRequest, shell: Shell, form_class: Callable[..., ModelForm], template: str, **context: Any
) -> HttpResponse:
    """A form over the tenant's row: shown, or saved and shown anew."""
    with tenant_scope(shell.tenant.id):
        tenant = Tenant.objects.select_for_update().get(id=shell.tenant.id)
        form = form_class(request.POST if request.method == "POST" else None, instance=tenant)
        saved = form.is_bound and form.is_valid()
        if saved:
            form.save()
    if saved:
        forget_keys()  # this process takes the change at once, others within seconds
        messages.success(request, "Saved.", extra_tags="good")
        return redirect(request.path)
    status = 422 if form.is_bound else 200
    # what was refused is in the form only: the frame shows the tenant as it is
    return show(request, shell, template, status=status, form=form, **context)
