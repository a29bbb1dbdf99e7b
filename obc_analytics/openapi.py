"""Parts of the API's description that belong to no single view: errors, who asks, paths without their twins."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from obc_analytics import errors

READ_TAGS = [
    {"name": "Events in", "description": "What browsers and servers send. A write key."},
    {"name": "Answers out", "description": "Rows, totals, dashboard, ledger. A secret key or a session."},
    {"name": "Saved insights", "description": "Questions that people keep. A secret key or a session."},
    {"name": "Cohorts", "description": "People by what they did and what is known of them. A secret key or a session."},
    {"name": "Tenants", "description": "Settings, people and keys. An owner's session, or a key with scope manage."},
]


class ErrorBodySerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable; for programs")
    message = serializers.CharField(help_text="For people")
    details = serializers.JSONField(required=False, help_text="Such as the name of the bad parameter")


class ErrorSerializer(serializers.Serializer):
    error = ErrorBodySerializer()


EXAMPLES: dict[int, errors.ObcError] = {
    400: errors.BadRequest("limit: give a whole number from 1 to 1,000.", parameter="limit"),
    401: errors.Unauthorized(),
    403: errors.Forbidden(),
    404: errors.NotFound(),
    405: errors.MethodNotAllowed(),
    409: errors.Conflict(),
    413: errors.TooLarge(),
    429: errors.OverQuota(),
    503: errors.Overloaded(),
    504: errors.TooSlow("This took more than 3 s: narrow it with since.", narrow="since"),
}


def failures(*statuses: int) -> dict[int, OpenApiResponse]:
    """Responses of these statuses, each with an example."""
    return {status: _failure(EXAMPLES[status]) for status in statuses}


def _failure(error: errors.ObcError) -> OpenApiResponse:
    example = OpenApiExample(error.code, value=error.as_dict(), response_only=True, status_codes=[str(error.status)])
    return OpenApiResponse(ErrorSerializer, description=(type(error).__doc__ or "").strip(), examples=[example])


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.auth.KeyAuthentication"
    name = "secretKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return bearer("A secret key (obc_sk_…). Also accepted as X-Api-Key; refused in URLs.")


def bearer(description: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "description": description}


# `extend_schema(auth=…)` of the write doors
WRITE_AUTH: list[Any] = [{"writeKey": []}, {"writeKeyHeader": []}, {"writeKeyUrl": []}]
WRITE_SCHEMES = {
    "writeKey": bearer("A write key (obc_pk_…). May also stand in the body as api_key."),
    "writeKeyHeader": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "writeKeyUrl": {"type": "apiKey", "in": "query", "name": "key", "description": "Where headers can't be set."},
}


def without_slashed_twins(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Every path also answers with a trailing slash; saying it once is enough."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    result["tags"] = READ_TAGS
    result["components"].setdefault("securitySchemes", {}).update(WRITE_SCHEMES)
    return result
