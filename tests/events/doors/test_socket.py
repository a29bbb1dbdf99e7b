"""`/ws/analytics`: welcome, acks, heartbeats, errors and close codes, as the protocol has them."""

from __future__ import annotations

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from events.ws import ingest as ingest_module
from events.ws import leaving, watch
from events.ws.ingest import BAD_IN_A_ROW
from events.ws.registry import snapshot
from obc_analytics.errors import Overloaded, OverQuota
from tenants import auth
from tenants.models import ApiKey, Tenant
from tenants.scope import operator_scope
from tests.factories import make_event, make_tenant

PATH = "/ws/analytics"


@pytest.fixture
def path(key):
    return f"{PATH}?key={key}"


async def test_it_is_welcomed_with_what_it_needs_to_know(socket, path, settings):
    welcome = await socket(path).open()
    assert welcome["type"] == "welcome"
    assert welcome["heartbeat_s"] == settings.INGEST["HEARTBEAT_S"]
    assert welcome["max_batch"] == settings.INGEST["MAX_EVENTS"]
    assert welcome["connection_id"] and welcome["server_time"].endswith("Z")


# --- admission ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?key=obc_pk_unknown", "?key="])
async def test_a_missing_or_unknown_key_is_accepted_then_closed_4401(socket, tenant, query):
    assert await socket(PATH + query).refusal() == 4401


async def test_a_secret_key_in_the_address_is_closed_4401(socket, secret):
    assert await socket(f"{PATH}?key={secret}").refusal() == 4401


async def test_a_secret_key_in_a_header_is_closed_4403(socket, secret):
    assert await socket(PATH, authorization=f"Bearer {secret}").refusal() == 4403


async def test_a_key_in_a_header_is_taken(socket, key):
    assert (await socket(f"{PATH}/", x_api_key=key).open())["type"] == "welcome"


async def test_a_tenant_id_that_disagrees_is_closed_4403(socket, path):
    other = await sync_to_async(make_tenant)("Other")
    assert await socket(f"{path}&tenant_id={other.id}").refusal() == 4403


async def test_the_own_tenant_id_is_fine(socket, path, tenant):
    assert (await socket(f"{path}&tenant_id={tenant.id}").open())["type"] == "welcome"


async def test_a_foreign_origin_is_closed_4403(socket, path, tenant):
    def restrict():
        with operator_scope():
            Tenant.objects.filter(id=tenant.id).update(allowed_origins=["https://app.example"])

    await sync_to_async(restrict)()
    assert await socket(path, origin="https://evil.example").refusal() == 4403
    assert (await socket(path, origin="https://app.example").open())["type"] == "welcome"


async def test_a_database_that_is_away_is_no_verdict_on_the_key(socket, path, monkeypatch):
    def gone(digest):
        raise OperationalError("gone")

    monkeypatch.setattr("tenants.auth._look_up", gone)
    assert await socket(path).refusal() == 1013


async def test_a_tenant_with_too_many_connections_is_told_to_come_later(socket, path, settings):
    settings.INGEST = {**settings.INGEST, "MAX_CONNECTIONS": 1}
    await socket(path).open()
    assert await socket(path).refusal() == 1013


async def test_a_socket_that_leads_nowhere_is_closed_4404(socket):
    assert await socket("/ws/nowhere").refusal() == 4404


# --- events and acks ----------------------------------------------------------------------------------


async def test_an_event_is_acked_like_a_batch(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="event", event=make_event(event_id="one"))
    ack = await client.hear()
    assert (ack["type"], ack["accepted"], ack["results"]["one"]["result"]) == ("ack", 1, "ok")


async def test_a_batch_is_acked_with_a_verdict_for_each(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="batch", batch_id="b-1", events=[make_event(event_id="good"), {"event_id": "bad"}])
    ack = await client.hear()
    assert (ack["batch_id"], ack["results"]["good"]["result"], ack["results"]["bad"]["reason"]) == (
        "b-1",
        "ok",
        "missing_name",
    )


async def test_the_same_event_again_is_a_duplicate(socket, path):
    client = socket(path)
    await client.open()
    results = []
    for _ in range(2):
        await client.say(type="event", event=make_event(event_id="same"))
        results.append((await client.hear())["results"]["same"]["result"])
    assert results == ["ok", "duplicate"]


async def test_frames_need_not_wait_for_acks(socket, path):
    client = socket(path)
    await client.open()
    for number in range(150):  # more than may be in flight
        await client.say(type="event", event=make_event(event_id=f"n-{number}"))
    acked = [name for _ in range(150) for name in (await client.hear())["results"]]
    assert sorted(acked) == sorted(f"n-{number}" for number in range(150))


async def test_a_large_frame_is_taken(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="batch", events=[make_event(properties={"x": "y" * 400}) for _ in range(1_000)])
    assert (await client.hear())["accepted"] == 1_000


async def test_a_batch_of_too_many_events_is_an_error_frame(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="batch", events=[{"event_name": "x"}] * 1_001)
    assert (await client.hear())["code"] == "too_large"


async def test_a_tenant_id_in_a_frame_that_disagrees_is_an_error_frame(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="batch", tenant_id="5b1c0000-0000-4000-8000-000000000000", events=[make_event()])
    assert (await client.hear())["code"] == "forbidden"


@pytest.mark.parametrize("error", [OverQuota(retry_after=7), Overloaded(retry_after=7)])
async def test_over_quota_and_overload_are_slow_down_and_the_socket_lives(socket, path, monkeypatch, error):
    client = socket(path)
    await client.open()
    with monkeypatch.context() as patch:

        def refuse(*arguments):
            raise error

        patch.setattr(ingest_module, "ingest", refuse)
        await client.say(type="batch", batch_id="b-1", events=[make_event()])
        slow_down = await client.hear()
    assert (slow_down["type"], slow_down["retry_after_s"], slow_down["batch_id"]) == ("slow_down", 7, "b-1")
    await client.say(type="event", event=make_event())
    assert (await client.hear())["type"] == "ack"


# --- heartbeat, identify ------------------------------------------------------------------------------


async def test_a_heartbeat_comes_back_with_the_servers_time(socket, path):
    client = socket(path)
    await client.open()
    await client.say(type="heartbeat", t=1764000000123)
    heartbeat = await client.hear()
    assert (heartbeat["type"], heartbeat["t"]) == ("heartbeat", 1764000000123)
    assert heartbeat["server_time"].endswith("Z")


async def test_identify_labels_the_connection(socket, path, tenant):
    client = socket(f"{path}&user_id=first")
    await client.open()
    assert snapshot(tenant.id)["connections"][0]["user_id"] == "first"
    await client.say(type="identify", user_id="second")
    await client.say(type="heartbeat", t=1)
    await client.hear()
    assert snapshot(tenant.id)["connections"][0]["user_id"] == "second"


# --- malformed frames ---------------------------------------------------------------------------------

MALFORMED = [
    " ",
    "{",
    "[]",
    "null",
    '{"type":"nonsense"}',
    '{"type":"event"}',
    '{"type":"batch"}',
    '{"type":"batch","events":5}',
]


@pytest.mark.parametrize("text", MALFORMED)
async def test_a_malformed_frame_is_an_error_frame_and_the_socket_lives(socket, path, text):
    client = socket(path)
    await client.open()
    await client.send_to(text_data=text)
    error = await client.hear()
    assert (error["type"], error["code"]) == ("error", "bad_request")
    await client.say(type="event", event=make_event())
    assert (await client.hear())["type"] == "ack"


async def test_a_binary_frame_is_malformed(socket, path):
    client = socket(path)
    await client.open()
    await client.send_to(bytes_data=b"\x1f\x8b")
    assert (await client.hear())["type"] == "error"


async def test_ten_malformed_frames_in_a_row_end_the_connection_4400(socket, path):
    client = socket(path)
    await client.open()
    for _ in range(BAD_IN_A_ROW):
        await client.send_to(text_data="{")
    errors = [(await client.hear())["type"] for _ in range(BAD_IN_A_ROW)]
    assert (errors, await client.closed()) == (["error"] * BAD_IN_A_ROW, 4400)


async def test_a_good_frame_begins_the_count_anew(socket, path):
    client = socket(path)
    await client.open()
    for _ in range(3):
        for _ in range(BAD_IN_A_ROW - 1):
            await client.send_to(text_data="{")
            assert (await client.hear())["type"] == "error"
        await client.say(type="heartbeat", t=1)
        assert (await client.hear())["type"] == "heartbeat"


async def test_an_error_nobody_foresaw_is_logged_and_the_socket_lives(socket, path, monkeypatch, caplog):
    client = socket(path)
    await client.open()
    with monkeypatch.context() as patch:
        patch.setattr(ingest_module, "ingest", lambda *arguments: 1 / 0)
        await client.say(type="event", event=make_event())
        assert (await client.hear())["code"] == "error"
    assert "ZeroDivisionError" in caplog.text
    await client.say(type="event", event=make_event())
    assert (await client.hear())["type"] == "ack"


# --- the end ------------------------------------------------------------------------------------------


async def test_two_and_a_half_heartbeats_of_silence_end_it_4408(socket, path, settings):
    client = socket(path)
    await client.open()
    limit = 2.5 * settings.INGEST["HEARTBEAT_S"]
    watch.end_silent(time.time() + limit - 1)
    assert await client.receive_nothing(timeout=0.05)
    watch.end_silent(time.time() + limit + 1)
    assert await client.closed() == 4408


async def test_silence_is_noticed_without_anybody_asking(socket, path, settings):
    settings.INGEST = {**settings.INGEST, "HEARTBEAT_S": 0.1}
    client = socket(path)
    await client.open()
    assert await client.closed() == 4408


async def test_a_revoked_key_ends_its_sockets_4401(socket, path, key):
    client = socket(path)
    await client.open()

    def revoke():
        with operator_scope():
            ApiKey.objects.get(token=key).revoke()

    await sync_to_async(revoke)()
    auth.forget_keys()
    await watch.check_keys()
    assert await client.closed() == 4401


async def test_going_down_acks_what_is_in_flight_then_closes_1012(socket, path, monkeypatch):
    client = socket(path)
    await client.open()
    taken = asyncio.Event()
    real = ingest_module.ingest
    monkeypatch.setattr(ingest_module, "ingest", lambda *arguments: (taken.set(), real(*arguments))[1])
    await client.say(type="event", event=make_event(event_id="last"))
    await asyncio.wait_for(taken.wait(), 10)
    await leaving.finish_sockets(5)
    assert (await client.hear())["results"]["last"]["result"] == "ok"
    assert await client.closed() == 1012


async def test_no_frame_is_taken_once_it_goes_down(socket, path):
    client = socket(path)
    await client.open()
    await leaving.finish_sockets(5)
    assert await client.closed() == 1012
    await client.say(type="event", event=make_event())
    assert await client.receive_nothing(timeout=0.1)
