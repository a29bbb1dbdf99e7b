"""`/api/v1/analytics/`: events in, rows and totals out. Views read the request; what they call never sees it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from events import cors
from events.api import docs, listing, parameters, writing
from events.query.dashboard import dashboard
from events.query.ledger import STEPS, ledger
from events.query.rows import read_one
from events.query.stats import stats
from events.ws.registry import snapshot
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.throttling import ReadThrottle


@extend_schema_view(**docs.ANALYTICS)
class AnalyticsViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    # --- events in ----------------------------------------------------------------------------------

    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        return writing.take(request, single=False)

    @action(detail=False, methods=["post"])
    def events(self, request: Request) -> Response:
        return writing.take(request, single=True)

    # --- answers out --------------------------------------------------------------------------------

    def list(self, request: TenantRequest) -> Response:
        return Response(listing.answer(request._request, request.tenant))

    def retrieve(self, request: TenantRequest, event_id: str) -> Response:
        parameters.check_names(request.query_params, ())
        return Response(read_one(request.tenant, event_id.removesuffix("/")))

    @action(detail=False)
    def stats(self, request: TenantRequest) -> Response:
        query = request.query_params
        parameters.check_names(query, ("since", "until", "timezone"))
        since, until = parameters.instant(query, "since"), parameters.instant(query, "until")
        return Response(stats(request.tenant, since, until, query.get("timezone") or None))

    @action(detail=False)
    def dashboard(self, request: TenantRequest) -> Response:
        query = request.query_params
        parameters.check_names(query, ("range", "timezone", "compare"))
        compare = query.get("compare", "previous_period") or "previous_period"
        return Response(dashboard(request.tenant, query.get("range") or "7d", query.get("timezone") or None, compare))

    @action(detail=False)
    def ledger(self, request: TenantRequest) -> Response:
        query = request.query_params
        parameters.check_names(query, ("since", "until", "by", "timezone"))
        since, until = parameters.instant(query, "since"), parameters.instant(query, "until")
        by = parameters.choice(query, "by", STEPS, "hour")
        return Response(ledger(request.tenant, since, until, by, query.get("timezone") or None))

    @action(detail=False)
    def connections(self, request: TenantRequest) -> Response:
        parameters.check_names(request.query_params, ())
        return Response(snapshot(request.tenant.id))

    # --- the write doors are not like the others ------------------------------------------------------

    writes = False  # whether the request is one of a write door; GET of `events` reads

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        reads = "get" in self.action_map and request.method in ("GET", "HEAD")
        self.writes = "post" in self.action_map and not reads
        return super().initialize_request(request, *args, **kwargs)

    def get_authenticators(self) -> Any:
        return [] if self.writes else super().get_authenticators()

    def get_permissions(self) -> Any:
        return [] if self.writes else super().get_permissions()

    def get_throttles(self) -> Any:
        return [] if self.writes else super().get_throttles()

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if not self.writes:
            return super().options(request, *args, **kwargs)
        return Response(status=204, headers=cors.preflight_headers(request.headers.get("origin")))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.writes:
            for name, value in cors.headers(request.headers.get("origin")).items():
                response[name] = value
        return response
