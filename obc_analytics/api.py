"""REST framework glue: one shape of error for the whole API."""

from __future__ import annotations

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from obc_analytics.errors import ObcError, Overloaded

CODES = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
         406: "not_acceptable", 415: "unsupported_media_type", 429: "throttled"}  # fmt: skip

log = logging.getLogger(__name__)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """`{"error": {"code", "message", "details"?}}` for everything expected; None: a 500, logged."""
    if isinstance(exc, OperationalError | InterfaceError):  # away, full or shutting down: it may be back soon
        log.warning("The database does not answer: %s", exc)
        exc = Overloaded("The server can't answer right now; ask again.", retry_after=2)
    if isinstance(exc, ObcError):
        set_rollback()
        return Response(exc.as_dict(), status=exc.status, headers=exc.headers())
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    set_rollback()
    error: dict[str, Any] = {"code": CODES.get(exc.status_code, "error"), "message": _message(exc.detail)}
    if isinstance(exc.detail, dict | list):
        error["details"] = exc.detail
    return Response({"error": error}, status=exc.status_code, headers=_headers(exc))


def _message(detail: Any) -> str:
    if isinstance(detail, dict):
        return "; ".join(f"{name}: {_message(part)}" for name, part in detail.items())
    if isinstance(detail, list):
        return ", ".join(_message(part) for part in detail)
    return str(detail)


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if authenticate := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return headers
