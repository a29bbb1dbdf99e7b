"""`/api/v1/analytics/cohorts`: people by a definition, or a list that never changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action
from rest_framework.response import Response

from events.api import cohorts_docs, parameters
from events.api.asking import asker_of, version_seen
from events.api.cohorts_serializers import CohortSerializer, CopySerializer, DraftSerializer
from events.api.questions import as_json
from events.cohorts import making, people
from events.cohorts.people import CohortPeople
from events.cohorts.types import parse_definition
from events.models import Cohort
from events.models.kept import Asker
from events.query import run
from events.query.spans import zone_of
from obc_analytics.errors import BadRequest, Conflict, Forbidden
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.scope import tenant_scope
from tenants.throttling import ReadThrottle

KINDS = ("dynamic", "static")
MOST, LAST_OFFSET = 1_000, 1_000_000


@extend_schema_view(**cohorts_docs.COHORTS)
class CohortViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    @contextmanager
    def taken(self, request: TenantRequest, cohort_id: uuid.UUID) -> Iterator[Cohort]:
        """The row, locked, for one who may change it and saw the version that the body names."""
        seen = version_seen(request)
        with tenant_scope(request.tenant.id):
            yield Cohort.objects.of(request.tenant.id).take(cohort_id, asker_of(request), seen)

    def list(self, request: TenantRequest) -> Response:
        query = request.query_params
        parameters.check_names(query, ("search", "kind", "trash", "limit", "offset"))
        limit = parameters.whole_number(query, "limit", 50, 1, 200)
        offset = parameters.whole_number(query, "offset", 0, 0, LAST_OFFSET)
        with tenant_scope(request.tenant.id):
            rows = Cohort.objects.of(request.tenant.id).search(query.get("search", ""))
            rows = rows.trashed() if parameters.choice(query, "trash", ("0", "1"), "0") == "1" else rows.kept()
            if query.get("kind"):
                rows = rows.filter(static=parameters.choice(query, "kind", KINDS, "") == "static")
            found = list(rows.order_by("-updated_at", "id")[offset : offset + limit])
            return Response({"total": rows.count(), "results": CohortSerializer(found, many=True).data})

    def create(self, request: TenantRequest) -> Response:
        asker = _writer(request)
        values = _checked(request)
        values.pop("version", None)
        question = values.pop("people", None)
        if (question is None) == ("definition" not in values):
            raise BadRequest("give definition, or from: an actors query", path="$")
        values["created_by_id"] = asker.user_id
        if question is not None:
            cohort = making.of_people(request.tenant, question, **values)
        else:
            with tenant_scope(request.tenant.id):
                cohort = Cohort.objects.create(tenant_id=request.tenant.id, **values)
        return Response(CohortSerializer(cohort).data, status=201)

    def retrieve(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        parameters.check_names(request.query_params, ())
        return Response(CohortSerializer(_reach(request, cohort_id)).data)

    def partial_update(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        with self.taken(request, cohort_id) as cohort:
            values = _checked(request, instance=cohort, partial=True)
            values.pop("version", None)
            if "people" in values:
                raise BadRequest("people are looked for when a cohort is made, not later", path="$.from")
            if cohort.static and "definition" in values:
                raise BadRequest("the members of a static cohort never change", path="$.definition")
            cohort.change(**values)
        return Response(CohortSerializer(cohort).data)

    def destroy(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        with self.taken(request, cohort_id) as cohort:
            if cohort.trashed_at is None:
                raise Conflict("Only what is in the trash is deleted: trash it first.")
            cohort.delete()
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def trash(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        with self.taken(request, cohort_id) as cohort:
            cohort.trash()
        return Response(CohortSerializer(cohort).data)

    @action(detail=True, methods=["post"])
    def restore(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        with self.taken(request, cohort_id) as cohort:
            cohort.restore()
        return Response(CohortSerializer(cohort).data)

    @action(detail=True, methods=["post"])
    def copy(self, request: TenantRequest, cohort_id: uuid.UUID) -> Response:
        asker, cohort = _writer(request), _reach(request, cohort_id)
        wanted = CopySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = {"name": f"{cohort.name[:190]} (copy)", "description": cohort.description, **wanted.validated_data}
        static, zone = values.pop("static"), values.pop("timezone", None)
        made = making.copied(request.tenant, cohort, static, zone, created_by_id=asker.user_id, **values)
        return Response(CohortSerializer(made).data, status=201)

    @action(detail=True)
    def size(self, request: TenantRequest, cohort_id: uuid.UUID) -> HttpResponse:
        parameters.check_names(request.query_params, ("timezone",))
        _reach(request, cohort_id)
        return _answer(request, CohortPeople(cohort=str(cohort_id), timezone=_zone(request)))

    @action(detail=True)
    def members(self, request: TenantRequest, cohort_id: uuid.UUID) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("timezone", "limit", "offset"))
        _reach(request, cohort_id)
        limit = parameters.whole_number(query, "limit", 100, 1, MOST)
        offset = parameters.whole_number(query, "offset", 0, 0, LAST_OFFSET)
        question = CohortPeople(cohort=str(cohort_id), timezone=_zone(request), limit=limit, offset=offset)
        return _answer(request, question)

    @action(detail=False, methods=["post"])
    def preview(self, request: TenantRequest) -> HttpResponse:
        wanted = DraftSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        definition = parse_definition(wanted.validated_data["definition"], "$.definition")
        question = CohortPeople(definition=definition, timezone=wanted.validated_data.get("timezone"))
        return _answer(request, question)


def _writer(request: TenantRequest) -> Asker:
    asker = asker_of(request)
    if not asker.writes:
        raise Forbidden("Making cohorts needs the role analyst, or a key with the scope manage.")
    return asker


def _reach(request: TenantRequest, cohort_id: uuid.UUID) -> Cohort:
    """Raises NotFound."""
    with tenant_scope(request.tenant.id):
        cohort: Cohort = Cohort.objects.of(request.tenant.id).reach(cohort_id, asker_of(request))
    return cohort


def _checked(request: TenantRequest, **options: Any) -> dict[str, Any]:
    wanted = CohortSerializer(data=request.data, **options)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)


def _zone(request: TenantRequest) -> str | None:
    name = request.query_params.get("timezone") or None
    return None if name is None else zone_of(name).key


def _answer(request: TenantRequest, question: CohortPeople) -> HttpResponse:
    found = run.answered(request.tenant, question, people.answer)
    people_found = found.pop("people")
    return as_json({**found, **({"people": people_found} if question.limit else {})})
