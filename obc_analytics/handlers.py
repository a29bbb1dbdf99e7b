"""Errors outside every view: JSON below /api/, pages elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from obc_analytics.errors import BadRequest, Forbidden, NotFound, ObcError

API = "/api/"


def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """The end of the API's routes."""
    return _json(NotFound("There is no such path in this API."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(BadRequest()) if _is_api(request) else defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(Forbidden()) if _is_api(request) else defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(NotFound()) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _json(ObcError()) if _is_api(request) else defaults.server_error(request)


def _is_api(request: Any) -> bool:
    return request.path.startswith(API)


def _json(error: ObcError) -> JsonResponse:
    return JsonResponse(error.as_dict(), status=error.status, headers=error.headers())
