"""`GET profiles`: people, or with `?id=` all that is known of one; why its ids are one, and joining two by hand."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action

from events.api import docs, parameters
from events.api.questions import as_json, body_of
from events.identity import by_hand, links, profiles
from events.query import run
from obc_analytics.errors import BadRequest
from obc_analytics.rest import ApiViewSet
from tenants.auth import KeyHolder
from tenants.permissions import ReadsTenant, TellsTenant, TenantRequest
from tenants.throttling import ReadThrottle

MOST, LAST_OFFSET, LONGEST = 1_000, 1_000_000, 255


@extend_schema_view(**docs.PROFILES)
class ProfileViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    def list(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("id", "search", "order", "limit", "offset"))
        order: Any = parameters.choice(query, "order", profiles.ORDERS, "last_seen")
        limit = parameters.whole_number(query, "limit", 100, 1, MOST)
        offset = parameters.whole_number(query, "offset", 0, 0, LAST_OFFSET)
        id_, search = query.get("id", ""), query.get("search", "")
        for name, text in (("id", id_), ("search", search)):
            if len(text) > LONGEST:
                raise BadRequest(f"{name}: at most {LONGEST} characters.", parameter=name)
        if id_:
            return as_json(run.answered(request.tenant, profiles.Profile(id_, limit, offset), profiles.one))
        wanted = profiles.Profiles(search, limit, offset, order=order)
        return as_json(run.answered(request.tenant, wanted, profiles.listed))


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: links.Id
    target: links.Id


@extend_schema_view(**docs.LINKS)
class LinkViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    def list(self, request: TenantRequest) -> HttpResponse:
        wanted = _asked(request, links.Links)
        return as_json(run.answered(request.tenant, wanted, links.listed))


@extend_schema_view(**docs.MERGE)
class MergeViewSet(ApiViewSet):
    permission_classes = [TellsTenant]
    throttle_classes = [ReadThrottle]

    @action(detail=False)
    def preview(self, request: TenantRequest) -> HttpResponse:
        wanted = _asked(request, links.Merge)
        return as_json(run.answered(request.tenant, wanted, links.preview))

    @action(detail=False, methods=["post"])
    def merge(self, request: TenantRequest) -> HttpResponse:
        parameters.check_names(request.query_params, ())
        answer = as_json(by_hand.merge(request.tenant, _valid(body_of(request), links.Merge), _who(request)))
        answer.status_code = 201
        return answer

    @action(detail=False, methods=["post"])
    def undo(self, request: TenantRequest) -> HttpResponse:
        parameters.check_names(request.query_params, ())
        pair = _valid(body_of(request), Pair)
        by_hand.undo(request.tenant, pair.source, pair.target, _who(request))
        return as_json({"source": pair.source, "target": pair.target, "state": "undone"})


def _asked(request: TenantRequest, type_: Any) -> Any:
    """A question whose fields are the query's parameters."""
    parameters.check_names(request.query_params, type_.__struct_fields__)
    return _valid({name: request.query_params.get(name, "") for name in type_.__struct_fields__}, type_)


def _valid(value: Any, type_: Any) -> Any:
    """Raises BadRequest naming the wrong part: an id has 1 to 255 characters, and no NUL as in every event."""
    try:
        found = msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at ")
        raise BadRequest(f"{text} at {path.strip('`') or '$'}", path=path.strip("`") or "$") from None
    for name in type_.__struct_fields__:
        if "\x00" in getattr(found, name):
            raise BadRequest(f"{name}: no id holds a NUL.", parameter=name)
    return found


def _who(request: TenantRequest) -> str:
    """Who is noted as the one that did it."""
    return f"key {request.auth.name}" if isinstance(request.auth, KeyHolder) else request.user.get_username()
