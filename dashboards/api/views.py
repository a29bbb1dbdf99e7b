"""`/api/v1/analytics/insights`: saved questions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response

from dashboards.api import docs, serializers
from dashboards.insights.view import CHARTS
from dashboards.models import SavedInsight, Sharing
from events.api import parameters
from events.api.asking import asker_of, version_seen
from obc_analytics.errors import BadRequest, Conflict, Forbidden
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.scope import tenant_scope
from tenants.throttling import ReadThrottle


@extend_schema_view(**docs.INSIGHTS)
class InsightViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    @contextmanager
    def taken(self, request: TenantRequest, insight_id: uuid.UUID) -> Iterator[SavedInsight]:
        """The row, locked, for one who may change it and saw the version that the body names."""
        seen = version_seen(request)
        with tenant_scope(request.tenant.id):
            rows = SavedInsight.objects.of(request.tenant.id)
            yield rows.take(insight_id, asker_of(request), seen)

    def list(self, request: TenantRequest) -> Response:
        query = request.query_params
        parameters.check_names(query, ("search", "kind", "owner", "sharing", "trash", "limit", "offset"))
        limit = parameters.whole_number(query, "limit", 50, 1, 200)
        offset = parameters.whole_number(query, "offset", 0, 0, 1_000_000)
        with tenant_scope(request.tenant.id):
            rows = _chosen(request)
            found = list(rows.order_by("-updated_at", "id")[offset : offset + limit])
            return Response({"total": rows.count(), "results": _shown(found, many=True)})

    def create(self, request: TenantRequest) -> Response:
        asker = asker_of(request)
        if not asker.writes:
            raise Forbidden("Saving needs the role analyst, or a key with the scope manage.")
        values = _checked(request)
        values.pop("version", None)
        if asker.user_id is None:  # a key's insight that is private would be seen by owners only
            values.setdefault("sharing", Sharing.SHARED)
        with tenant_scope(request.tenant.id):
            saved = SavedInsight.objects.create(tenant_id=request.tenant.id, owner_id=asker.user_id, **values)
        return Response(_shown(saved), status=201)

    def retrieve(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        parameters.check_names(request.query_params, ())
        with tenant_scope(request.tenant.id):
            return Response(_shown(SavedInsight.objects.of(request.tenant.id).reach(insight_id, asker_of(request))))

    def partial_update(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        with self.taken(request, insight_id) as saved:
            values = _checked(request, instance=saved, partial=True)
            values.pop("version", None)
            saved.change(**values)
        return Response(_shown(saved))

    def destroy(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        with self.taken(request, insight_id) as saved:
            if saved.trashed_at is None:
                raise Conflict("Only what is in the trash is deleted: trash it first.")
            saved.delete()
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def duplicate(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        asker = asker_of(request)
        if not asker.writes:
            raise Forbidden("Copying needs the role analyst, or a key with the scope manage.")
        with tenant_scope(request.tenant.id):
            copy = SavedInsight.objects.of(request.tenant.id).reach(insight_id, asker).duplicate(asker)
        return Response(_shown(copy), status=201)

    @action(detail=True, methods=["post"])
    def trash(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        with self.taken(request, insight_id) as saved:
            saved.trash()
        return Response(_shown(saved))

    @action(detail=True, methods=["post"])
    def restore(self, request: TenantRequest, insight_id: uuid.UUID) -> Response:
        with self.taken(request, insight_id) as saved:
            saved.restore()
        return Response(_shown(saved))


def _chosen(request: TenantRequest) -> Any:
    query, asker = request.query_params, asker_of(request)
    rows = SavedInsight.objects.of(request.tenant.id).visible_to(asker).search(query.get("search", ""))
    rows = rows.trashed() if parameters.choice(query, "trash", ("0", "1"), "0") == "1" else rows.kept()
    if query.get("kind"):
        rows = rows.of_kind(parameters.choice(query, "kind", CHARTS, ""))
    if query.get("sharing"):
        rows = rows.filter(sharing=parameters.choice(query, "sharing", Sharing.values, ""))
    if owner := query.get("owner"):
        rows = rows.filter(owner_id=asker.user_id if owner == "me" else _number(owner))
    return rows


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequest("owner: give `me` or a person's id.", parameter="owner")
    return int(text)


def _checked(request: TenantRequest, **options: Any) -> dict[str, Any]:
    wanted = serializers.SavedInsightSerializer(data=request.data, **options)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)


def _shown(saved: Any, many: bool = False) -> Any:
    return serializers.SavedInsightSerializer(saved, many=many).data
