"""The admin reads through the ORM: its whole request runs in the scope of the person who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from tenants.access import memberships
from tenants.scope import operator_scope, tenant_scope


class AdminScopeMiddleware:
    """Superusers see all tenants. Staff see the tenant they belong to, the one they chose when they
    belong to several (`?tenant=<slug>`, kept in the session), and nothing when they belong to none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if not request.path.startswith("/admin/") or user is None or not user.is_authenticated:
            return self.get_response(request)
        if user.is_superuser:
            with operator_scope():
                return self._render(request)
        tenant_id = self._tenant_of(request)
        if tenant_id is None:
            return self.get_response(request)
        with tenant_scope(tenant_id):
            return self._render(request)

    def _render(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:  # inside the scope, not after it
            response.render()
        return response

    def _tenant_of(self, request: HttpRequest):
        mine = {tenant.slug: tenant.id for tenant, _ in memberships(request.user)}
        chosen = request.GET.get("tenant", request.session.get("admin_tenant"))
        if chosen in mine:
            request.session["admin_tenant"] = chosen
            return mine[chosen]
        return next(iter(mine.values()), None)
