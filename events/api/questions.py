"""`POST query` and `POST explain`: one question as JSON, one answer. POSTs that read: the other reads' rules hold."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from events.api import docs, parameters
from events.ingest import decode_body
from events.query import explain, run
from events.query.types import AnyQuestion, parse_explain, parse_question
from obc_analytics.errors import BadRequest, TooLarge
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.throttling import ReadThrottle

MAX_BODY = 2**20


@extend_schema_view(**docs.QUERY)
class QueryViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    def create(self, request: TenantRequest) -> HttpResponse:
        parameters.check_names(request.query_params, ())
        answer = run.run(request.tenant, answerable(parse_question(body_of(request))))
        return as_json(answer)


@extend_schema_view(**docs.EXPLAIN)
class ExplainViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    def create(self, request: TenantRequest) -> HttpResponse:
        parameters.check_names(request.query_params, ())
        return as_json(run.answered(request.tenant, parse_explain(body_of(request)), explain.answer))


def as_json(answer: Any) -> HttpResponse:
    """By msgspec, not the REST renderer: numbers that are not finite become null, as in a remembered answer."""
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


def body_of(request: TenantRequest) -> Any:
    """The body as JSON, plain or gzip, whatever its type is called. Raises BadRequest, TooLarge."""
    body = request._request.read(MAX_BODY + 1)
    plain = decode_body(body, request.headers.get("content-encoding", "")) if len(body) <= MAX_BODY else body
    if len(plain) > MAX_BODY:
        raise TooLarge("A question has at most 1 MB.")
    try:
        return msgspec.json.decode(plain)
    except (ValueError, RecursionError) as error:  # msgspec's own error is a ValueError, too
        raise BadRequest(f"The body is not JSON: {error}", path="$") from None


def answerable(question: AnyQuestion) -> AnyQuestion:
    """Raises BadRequest naming the kinds there are, for one that has no builder."""
    if type(question) in run.BUILDERS:
        return question
    kinds = [builder.__struct_config__.tag for builder in run.BUILDERS]  # type: ignore[attr-defined]
    tag = question.__struct_config__.tag
    raise BadRequest(f"{tag!r} is not answered here; kinds are {', '.join(kinds)}.", path="$.kind", kinds=kinds)
