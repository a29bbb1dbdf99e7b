"""`GET dictionary` and `GET values`: what pickers offer. `PATCH dictionary`: what people say of a name."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission

from events.api import docs, parameters
from events.api.questions import as_json, body_of
from events.dictionary import reading, telling
from events.models import NameKind
from events.query import property_values, run
from obc_analytics.errors import BadRequest
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TellsTenant, TenantRequest
from tenants.throttling import ReadThrottle

LONGEST = 255


@extend_schema_view(**docs.NAMES)
class NamesViewSet(ApiViewSet):
    throttle_classes = [ReadThrottle]

    def get_permissions(self) -> list[BasePermission]:
        return [TellsTenant() if self.action == "tell" else ReadsTenant()]

    @action(detail=False)
    def dictionary(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("kind", "search", "limit", "hidden", "sort"))
        kind = parameters.choice(query, "kind", NameKind.values, NameKind.EVENT)
        sort = parameters.choice(query, "sort", reading.SORTS, reading.SORTS[0])
        hidden = None if parameters.choice(query, "hidden", ("0", "1"), "0") == "1" else False
        limit = parameters.whole_number(query, "limit", property_values.LIMIT, 1, property_values.MOST)
        search = _short(query, "search")
        found = reading.read(request.tenant, kind)
        names = found.chosen(search, sort, hidden)
        return as_json(
            {
                "results": [reading.shown(name, found.today) for name in names[:limit]],
                "total": len(names),
                "capped": found.capped,
                "sampled": found.sampled,
                "as_of_seq": found.as_of_seq,
            }
        )

    @action(detail=False, methods=["patch"])
    def tell(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("kind", "name"))
        kind = parameters.choice(query, "kind", NameKind.values, NameKind.EVENT)
        name = telling.tell(request.tenant, kind, _short(query, "name"), telling.words_of(body_of(request)))
        return as_json(reading.shown(name))

    @action(detail=False)
    def values(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("property", "prefix", "limit"))
        question = _valid(
            property_values.Values,
            property=query.get("property", ""),
            prefix=query.get("prefix", ""),
            limit=parameters.whole_number(query, "limit", property_values.LIMIT, 1, property_values.MOST),
        )
        return as_json(run.answered(request.tenant, question, property_values.values))


def _short(query: Any, name: str) -> str:
    text = query.get(name, "")
    if len(text) > LONGEST:
        raise BadRequest(f"{name}: at most {LONGEST} characters.", parameter=name)
    return text


def _valid(type_: Any, **fields: Any) -> Any:
    """Raises BadRequest naming the parameter."""
    try:
        return msgspec.convert(fields | {"kind": type_.__struct_config__.tag}, type=type_)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        raise BadRequest(f"{path.strip('`$.')}: {text}.", parameter=path.strip("`$.")) from None
