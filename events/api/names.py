"""`GET dictionary` and `GET values`: what pickers offer."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action

from events.api import docs, parameters
from events.api.questions import as_json
from events.query import names, run
from obc_analytics.errors import BadRequest
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.throttling import ReadThrottle


@extend_schema_view(**docs.NAMES)
class NamesViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    @action(detail=False)
    def dictionary(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("kind", "search", "limit"))
        question = _valid(
            names.Dictionary,
            of=parameters.choice(query, "kind", ("event", "property"), "event"),
            search=query.get("search", ""),
            limit=parameters.whole_number(query, "limit", names.LIMIT, 1, names.MOST),
        )
        return as_json(run.answered(request.tenant, question, names.dictionary))

    @action(detail=False)
    def values(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("property", "prefix", "limit"))
        question = _valid(
            names.Values,
            property=query.get("property", ""),
            prefix=query.get("prefix", ""),
            limit=parameters.whole_number(query, "limit", names.LIMIT, 1, names.MOST),
        )
        return as_json(run.answered(request.tenant, question, names.values))


def _valid(type_: Any, **fields: Any) -> Any:
    """Raises BadRequest naming the parameter."""
    try:
        return msgspec.convert(fields | {"kind": type_.__struct_config__.tag}, type=type_)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        raise BadRequest(f"{path.strip('`$.')}: {text}.", parameter=path.strip("`$.")) from None
