"""`GET profiles`: people, or with `?id=` all that is known of one of them."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from events.api import docs, parameters
from events.api.questions import as_json
from events.identity import profiles
from events.query import run
from obc_analytics.errors import BadRequest
from obc_analytics.rest import ApiViewSet
from tenants.permissions import ReadsTenant, TenantRequest
from tenants.throttling import ReadThrottle

MOST, LAST_OFFSET, LONGEST = 1_000, 1_000_000, 255


@extend_schema_view(**docs.PROFILES)
class ProfileViewSet(ApiViewSet):
    permission_classes = [ReadsTenant]
    throttle_classes = [ReadThrottle]

    def list(self, request: TenantRequest) -> HttpResponse:
        query = request.query_params
        parameters.check_names(query, ("id", "search", "limit", "offset"))
        limit = parameters.whole_number(query, "limit", 100, 1, MOST)
        offset = parameters.whole_number(query, "offset", 0, 0, LAST_OFFSET)
        id_, search = query.get("id", ""), query.get("search", "")
        for name, text in (("id", id_), ("search", search)):
            if len(text) > LONGEST:
                raise BadRequest(f"{name}: at most {LONGEST} characters.", parameter=name)
        if id_:
            return as_json(run.answered(request.tenant, profiles.Profile(id_, limit, offset), profiles.one))
        return as_json(run.answered(request.tenant, profiles.Profiles(search, limit, offset), profiles.listed))
