"""The REST viewset and the consumer before it are one door: the same answer, whichever takes the request."""

from __future__ import annotations

import gzip
import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.test import Client

from obc_analytics.asgi import application
from tests.factories import make_secret_key, make_write_key

BATCH, SINGLE = "/api/v1/analytics/batch", "/api/v1/analytics/events"
GOOD = b'{"event_id":"a","event_name":"x"}'
BATCH_OF_TWO = b'{"batch_id":"b","events":[{"event_id":"a","event_name":"x"},{"event_id":"b"}]}'
ORIGIN = {"origin": "https://app.example"}
FOREIGN = "5b1c0000-0000-4000-8000-000000000000"
SHOWN = (
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "vary",
    "retry-after",
    "content-type",
)

# name: method, path, body, headers; KEY and SECRET stand for the tenant's keys
REQUESTS = {
    "a batch": ("POST", BATCH, BATCH_OF_TWO, {"x-api-key": "KEY", **ORIGIN}),
    "a batch with a slash": ("POST", f"{BATCH}/", BATCH_OF_TWO, {"x-api-key": "KEY"}),
    "one event": ("POST", SINGLE, GOOD, {"authorization": "Bearer KEY"}),
    "one event with a slash": ("POST", f"{SINGLE}/?key=KEY", GOOD, {}),
    "one bad event": ("POST", SINGLE, b'{"event_id":"a"}', {"x-api-key": "KEY", **ORIGIN}),
    "gzip": ("POST", BATCH, BATCH_OF_TWO, {"x-api-key": "KEY"}),
    "text/plain": ("POST", f"{BATCH}?key=KEY", BATCH_OF_TWO, {"content-type": "text/plain;charset=UTF-16"}),
    "an odd Accept": ("POST", SINGLE, GOOD, {"x-api-key": "KEY", "accept": "text/html"}),
    "no key": ("POST", BATCH, BATCH_OF_TWO, ORIGIN),
    "unknown key": ("POST", BATCH, BATCH_OF_TWO, {"x-api-key": "obc_pk_unknown", **ORIGIN}),
    "secret key": ("POST", BATCH, BATCH_OF_TWO, {"x-api-key": "SECRET"}),
    "secret key in the address": ("POST", f"{BATCH}?key=SECRET", BATCH_OF_TWO, ORIGIN),
    "foreign tenant": ("POST", f"{SINGLE}?tenant_id={FOREIGN}", GOOD, {"x-api-key": "KEY", **ORIGIN}),
    "not JSON": ("POST", BATCH, b"{", {"x-api-key": "KEY", **ORIGIN}),
    "empty": ("POST", SINGLE, b"", {"x-api-key": "KEY", **ORIGIN}),
    "not UTF-8": ("POST", SINGLE, b'{"event_name":"\xff"}', {"x-api-key": "KEY"}),
    "a gzip bomb": ("POST", BATCH, gzip.compress(b" " * 20_000_000), {"x-api-key": "KEY", **ORIGIN}),
    "too large": ("POST", BATCH, b" " * (5 * 2**20 + 1), {"x-api-key": "KEY", **ORIGIN}),
    "4 MB": ("POST", BATCH, b'{"events":[]}' + b" " * 4_000_000, {"x-api-key": "KEY"}),
    "a preflight": ("OPTIONS", BATCH, b"", {**ORIGIN, "access-control-request-method": "POST"}),
    "GET of batch": ("GET", BATCH, b"", ORIGIN),
    "DELETE of events": ("DELETE", SINGLE, b"", ORIGIN),
}


async def under_asgi(method, path, body, headers):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await HttpCommunicator(application, method, path, body, raw).get_response(timeout=20)
    named = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
    return answer["status"], answer["body"], named


def under_wsgi(method, path, body, headers):
    headers = dict(headers)
    content_type = headers.pop("content-type", "application/json")
    answer = Client().generic(method, path, body, content_type, headers=headers)
    return answer.status_code, answer.content, {name.lower(): value for name, value in answer.headers.items()}


def comparable(status, body, headers):
    """The answer without what differs from request to request."""
    found = json.loads(body) if body else None
    if isinstance(found, dict):
        found.pop("server_time", None)
        found.pop("seq", None)
        for verdict in found.get("results", {}).values():
            verdict.pop("seq", None)
    return status, found, {name: headers[name] for name in SHOWN if name in headers}


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_doors_give_the_same_answer(name, tenant):
    secret = await sync_to_async(make_secret_key)(tenant)
    answers = []
    for door in (under_asgi, sync_to_async(under_wsgi)):
        key = (await sync_to_async(make_write_key)(tenant)).token
        method, path, body, headers = REQUESTS[name]
        fill = {"KEY": key, "SECRET": secret}
        for mark, value in fill.items():
            path = path.replace(mark, value)
            headers = {header: text.replace(mark, value) for header, text in headers.items()}
        body = body.replace(b'"a"', b'"%d"' % len(answers)) if body[:1] == b"{" else body
        body = gzip.compress(body) if name == "gzip" else body
        status, answer, shown = comparable(*await door(method, path, body, headers))
        answers.append((status, json.loads(json.dumps(answer).replace(f'"{len(answers)}"', '"a"')), shown))
    assert answers[0] == answers[1]


async def test_a_method_that_is_not_served_is_405_with_the_same_methods_named(tenant):
    for method, path in (("PUT", BATCH), ("DELETE", SINGLE)):
        one = await under_asgi(method, path, b"", {})
        two = await sync_to_async(under_wsgi)(method, path, b"", {})
        assert one[0] == two[0] == 405
        assert set(one[2]["allow"].split(", ")) == set(two[2]["allow"].split(", "))
