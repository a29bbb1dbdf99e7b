"""The write doors behind Django: for WSGI, tests and OpenAPI. The same rules and answers as events/ws/http.py."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from rest_framework.request import Request
from rest_framework.response import Response

from events import metrics
from events.ingest import Envelope, Receipt, decode_batch, decode_body, decode_single, ingest
from events.ws import admission
from obc_analytics.errors import ObcError, Overloaded, TooLarge, Unauthorized
from tenants.auth import KeyHolder, find_key, key_from

WAIT_SECONDS = 30  # the writer answers or gives up long before

log = logging.getLogger(__name__)


def take(request: Request, *, single: bool) -> Response:
    """Store the request's events. Raises ObcError."""
    try:
        receipt = _store(request, single=single)
    except DatabaseError as error:  # nobody can say whose key it is
        log.warning("The database does not answer: %s", error)
        raise Overloaded(retry_after=2) from error
    except ObcError as error:
        metrics.REFUSED.labels(error.code).inc()
        raise
    except Exception as error:
        log.exception("A request for events failed")
        raise ObcError from error
    headers = {} if receipt.retry_after is None else {"Retry-After": str(receipt.retry_after)}
    if single:
        status, body = receipt.single()
        return Response(body, status=status, headers=headers)
    return Response(receipt.as_dict(), headers=headers)


def _store(request: Request, *, single: bool) -> Receipt:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query: dict[str, Any] = request.query_params.dict()
    key = admission.key_outside(headers, query)
    holder = _holder_of(key) if key is not None else None
    envelope = _read(request, headers.get("content-encoding", ""), single=single)
    if holder is None:
        holder = _holder_of(key_from(headers, query, envelope.api_key))
    admission.admit(holder, (query.get("tenant_id"), envelope.tenant_id), headers.get("origin"))
    sender = admission.sender(holder, "http", headers, request.META.get("REMOTE_ADDR"))
    return ingest(envelope, sender).result(timeout=WAIT_SECONDS)


def _holder_of(key: str) -> KeyHolder:
    holder = find_key(key)
    if holder is None:
        raise Unauthorized("This key is not known, or was revoked.")
    return holder


def _read(request: Request, encoding: str, *, single: bool) -> Envelope:
    # not `request.body`: Django bounds that by a limit meant for forms, and answers in HTML
    limit = settings.INGEST["MAX_BODY"]
    body = request._request.read(limit + 1)
    if len(body) > limit:
        raise TooLarge
    plain = decode_body(body, encoding)
    return decode_single(plain) if single else decode_batch(plain)
