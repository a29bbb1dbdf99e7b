"""`POST /batch` and `POST /events` under ASGI: keys, bodies, refusals, and headers a browser can read."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from concurrent.futures import Future

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from events.models import Event, IngestOutcome
from events.ws import admission, http
from obc_analytics.errors import Overloaded, OverQuota
from tenants import auth
from tenants.models import Tenant
from tenants.scope import operator_scope, tenant_scope
from tests.events.doors.conftest import BATCH, SINGLE, knock
from tests.factories import make_event, make_tenant, make_write_key

ORIGIN = "https://app.example"


@sync_to_async
def rows(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return sorted(Event.objects.filter(tenant_id=tenant.id).values_list("event_id", flat=True))


@sync_to_async
def restrict(tenant: Tenant, **fields: object) -> None:
    with operator_scope():
        Tenant.objects.filter(id=tenant.id).update(**fields)


# --- what is taken ------------------------------------------------------------------------------------


async def test_a_batch_is_stored_before_it_is_answered(tenant, key):
    answer = await knock("POST", BATCH, {"batch_id": "b-1", "events": [make_event(), make_event()]}, x_api_key=key)
    assert (answer.status, answer.body["accepted"], answer.body["batch_id"]) == (200, 2, "b-1")
    assert await rows(tenant) == sorted(answer.body["results"])


@pytest.mark.parametrize("path", [BATCH, f"{BATCH}/", SINGLE, f"{SINGLE}/"])
async def test_a_path_answers_with_and_without_its_slash(key, path):
    body = make_event() if "events" in path else {"events": [make_event()]}
    assert (await knock("POST", path, body, x_api_key=key)).status in (200, 201)


async def test_a_single_event_is_201_then_200_as_duplicate(key):
    event = make_event()
    first = await knock("POST", SINGLE, event, x_api_key=key)
    again = await knock("POST", SINGLE, event, x_api_key=key)
    assert (first.status, first.body["result"]) == (201, "ok")
    assert (again.status, again.body["result"]) == (200, "duplicate")


async def test_a_single_event_that_can_never_be_stored_is_422_with_its_reason(key):
    answer = await knock("POST", SINGLE, {"event_id": "x"}, x_api_key=key)
    assert (answer.status, answer.body["reason"]) == (422, "missing_name")


async def test_a_good_batch_with_a_bad_event_is_200_with_a_verdict_for_each(key):
    answer = await knock("POST", BATCH, {"events": [make_event(event_id="good"), {"event_id": "bad"}]}, x_api_key=key)
    results = {name: verdict["result"] for name, verdict in answer.body["results"].items()}
    assert (answer.status, results) == (200, {"good": "ok", "bad": "drop"})


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain;charset=UTF-16", "application/json", "x/y"])
async def test_the_content_type_means_nothing(key, content_type):
    answer = await knock("POST", SINGLE, make_event(), x_api_key=key, content_type=content_type)
    assert answer.status == 201


@pytest.mark.parametrize("headers", [{}, {"content_encoding": "gzip"}])
async def test_gzip_is_known_by_its_header_or_its_first_bytes(key, headers):
    body = gzip.compress(json.dumps(make_event()).encode())
    assert (await knock("POST", SINGLE, body, x_api_key=key, **headers)).status == 201


async def test_a_large_batch_is_taken_too(tenant, key):
    events = [make_event(properties={"text": "x" * 500}) for _ in range(1_000)]
    answer = await knock("POST", BATCH, {"events": events}, x_api_key=key)
    assert (answer.status, answer.body["accepted"]) == (200, 1_000)


# --- keys and tenants ---------------------------------------------------------------------------------


async def test_a_key_travels_in_any_of_four_ways(key):
    for way in ({"authorization": f"Bearer {key}"}, {"x_api_key": key}):
        assert (await knock("POST", SINGLE, make_event(), **way)).status == 201
    assert (await knock("POST", f"{SINGLE}?key={key}", make_event())).status == 201
    assert (await knock("POST", SINGLE, make_event(api_key=key))).status == 201
    assert (await knock("POST", BATCH, {"events": [make_event()], "api_key": key})).status == 200


@pytest.mark.parametrize("headers", [{}, {"x_api_key": "obc_pk_unknown"}, {"authorization": "Basic eDp5"}])
async def test_a_missing_or_unknown_key_is_401(tenant, headers):
    answer = await knock("POST", BATCH, {"events": [make_event()]}, **headers)
    assert (answer.status, answer.code) == (401, "unauthorized")


async def test_a_secret_key_in_the_address_is_refused_with_the_reason(secret):
    answer = await knock("POST", f"{BATCH}?key={secret}", {"events": [make_event()]})
    assert answer.status == 401
    assert "URL" in answer.body["error"]["message"]


async def test_a_secret_key_may_not_send(tenant, secret):
    answer = await knock("POST", BATCH, {"events": [make_event()]}, x_api_key=secret)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert await rows(tenant) == []


async def test_a_tenant_id_that_disagrees_is_403_wherever_it_stands(tenant, key):
    foreign = "5b1c0000-0000-4000-8000-000000000000"
    in_address = await knock("POST", f"{SINGLE}?tenant_id={foreign}", make_event(), x_api_key=key)
    in_body = await knock("POST", BATCH, {"events": [make_event()], "tenant_id": foreign}, x_api_key=key)
    nonsense = await knock("POST", f"{SINGLE}?tenant_id=acme", make_event(), x_api_key=key)
    assert [in_address.status, in_body.status, nonsense.status] == [403, 403, 403]
    assert await rows(tenant) == []


async def test_the_own_tenant_id_is_fine(tenant, key):
    assert (await knock("POST", f"{SINGLE}?tenant_id={tenant.id}", make_event(), x_api_key=key)).status == 201


async def test_the_same_event_id_is_stored_for_each_of_two_tenants(tenant, key):
    other = await sync_to_async(make_tenant)("Other")
    other_key = (await sync_to_async(make_write_key)(other)).token
    for each in (key, other_key):
        assert (await knock("POST", SINGLE, make_event(event_id="same"), x_api_key=each)).status == 201
    assert await rows(tenant) == await rows(other) == ["same"]


# --- origins and CORS ---------------------------------------------------------------------------------


async def test_a_foreign_origin_is_403_and_readable(tenant, key):
    await restrict(tenant, allowed_origins=[ORIGIN])
    answer = await knock("POST", SINGLE, make_event(), x_api_key=key, origin="https://evil.example")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, "https://evil.example")
    assert (await knock("POST", SINGLE, make_event(), x_api_key=key, origin=ORIGIN)).status == 201


async def test_a_preflight_is_answered_for_anybody(tenant):
    answer = await knock("OPTIONS", BATCH, origin=ORIGIN, access_control_request_method="POST")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "X-Api-Key" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "7200"


BAD_REQUESTS = {
    "empty": (b"", 400),
    "blank": (b" \n", 400),
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"events":[{"event_name":"\xff"}]}', 400),
    "UTF-16": ('{"events":[]}'.encode("utf-16"), 400),
    "no object": (b"[]", 400),
    "no list": (b'{"events":{}}', 400),
    "broken gzip": (b"\x1f\x8b junk", 400),
    "half a gzip": (gzip.compress(b'{"events":[]}')[:-6], 400),
    "a gzip bomb": (gzip.compress(b" " * 50_000_000), 413),
    "too many events": (json.dumps({"events": [{"event_name": "x"}] * 1_001}).encode(), 413),
    "more than 5 MB": (b" " * (5 * 2**20 + 1), 413),
    "nested without end": (b'{"events":' + b"[" * 100_000, 400),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
async def test_a_bad_body_is_a_clear_4xx_with_headers_a_browser_can_read(key, name):
    body, status = BAD_REQUESTS[name]
    answer = await knock("POST", BATCH, body, x_api_key=key, origin=ORIGIN)
    assert answer.status == status
    assert answer.body["error"]["message"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "Retry-After"
    assert answer.headers["access-control-max-age"] == "7200"


@pytest.mark.parametrize(("path", "allowed"), [(BATCH, "POST, OPTIONS"), (SINGLE, "GET, HEAD, POST, OPTIONS")])
async def test_another_method_is_405_and_says_which_are_served(tenant, path, allowed):
    answer = await knock("PUT", path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


async def test_an_address_with_too_many_parameters_is_400(key):
    assert (await knock("POST", f"{BATCH}?{'a=1&' * 200}", {"events": []}, x_api_key=key)).status == 400


# --- bad days -----------------------------------------------------------------------------------------


def raising(error: Exception):
    def refuse(*arguments: object) -> None:
        raise error

    return refuse


@pytest.mark.parametrize(("error", "status"), [(OverQuota(retry_after=7), 429), (Overloaded(retry_after=7), 503)])
async def test_over_quota_and_overload_say_when_to_come_back(key, monkeypatch, error, status):
    monkeypatch.setattr(http, "ingest", raising(error))
    answer = await knock("POST", SINGLE, make_event(), x_api_key=key, origin=ORIGIN)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_a_quota_of_a_minute_answers_429(tenant, key):
    await restrict(tenant, events_per_minute=1)
    assert (await knock("POST", BATCH, {"events": [make_event(), make_event()]}, x_api_key=key)).status == 200
    answer = await knock("POST", BATCH, {"events": [make_event()]}, x_api_key=key)
    assert (answer.status, answer.code) == (429, "over_quota")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_database_that_is_away_is_503_and_no_401(tenant, key, monkeypatch):
    monkeypatch.setattr("tenants.auth._look_up", raising(OperationalError("gone")))
    answer = await knock("POST", SINGLE, make_event(), x_api_key=key)
    assert (answer.status, answer.code) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) > 0


async def test_many_senders_with_one_key_ask_the_database_once(key, monkeypatch):
    asked = []
    real = auth._look_up
    monkeypatch.setattr(auth, "_look_up", lambda digest: (asked.append(digest), time.sleep(0.05), real(digest))[2])
    answers = await asyncio.gather(*[knock("POST", SINGLE, make_event(), x_api_key=key) for _ in range(20)])
    assert ([answer.status for answer in answers], len(asked)) == ([201] * 20, 1)


async def test_who_waits_for_a_sender_that_was_given_up_asks_for_itself(key, monkeypatch):
    first_asks, release = asyncio.Event(), asyncio.Event()
    real = admission.afind_key

    async def slow(key):
        first_asks.set()
        await release.wait()
        return await real(key)

    monkeypatch.setattr(admission, "afind_key", slow)
    first = asyncio.create_task(admission.holder_of(key))
    await asyncio.wait_for(first_asks.wait(), 10)
    second = asyncio.create_task(admission.holder_of(key))
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    assert (await asyncio.wait_for(second, 10)).writes


async def test_an_error_nobody_foresaw_is_a_logged_500_in_json(key, monkeypatch, caplog):
    monkeypatch.setattr(http, "ingest", raising(RuntimeError("boom")))
    answer = await knock("POST", SINGLE, make_event(), x_api_key=key, origin=ORIGIN)
    assert (answer.status, answer.code) == (500, "error")
    assert "boom" not in json.dumps(answer.body)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "boom" in caplog.text


async def test_a_client_that_goes_away_cancels_nothing_of_the_writers(key, monkeypatch):
    asked, held = asyncio.Event(), Future()

    def hold(envelope, sender):
        asked.set()
        return held

    monkeypatch.setattr(http, "ingest", hold)
    request = asyncio.create_task(knock("POST", SINGLE, make_event(), x_api_key=key))
    await asyncio.wait_for(asked.wait(), 10)
    request.cancel()
    await asyncio.wait([request], timeout=10)
    assert request.done()
    assert not held.cancelled()


async def test_what_was_refused_at_the_door_is_in_no_ledger(tenant, key):
    await knock("POST", BATCH, b"{", x_api_key=key)

    @sync_to_async
    def lines() -> int:
        with operator_scope():
            return IngestOutcome.objects.filter(tenant_id=tenant.id).count()

    assert await lines() == 0
