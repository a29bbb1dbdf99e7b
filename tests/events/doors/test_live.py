"""`/ws/live`: committed events, for members with a session, from this server's pages."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from events.ws import live, presence
from events.ws.live import LiveConsumer
from events.ws.publisher import SAMPLE, publisher
from tenants.models import Membership
from tenants.scope import operator_scope
from tests.events.doors.conftest import SINGLE, knock
from tests.factories import make_event, make_tenant, send


def sign_in(*tenants, superuser=False) -> str:
    """The Cookie header of somebody who is a viewer of these tenants."""
    users = get_user_model().objects
    user = users.create_user(f"u{users.count()}", password="x", is_superuser=superuser)
    with operator_scope():
        for tenant in tenants:
            Membership.objects.create(tenant=tenant, user=user)
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def cookie(tenant):
    return sign_in(tenant)


@pytest.fixture
def path(tenant):
    return f"/ws/live?tenant_id={tenant.id}"


async def looking(client) -> None:
    accepted, _ = await client.connect(timeout=10)
    assert accepted


async def test_an_event_is_seen_once_it_is_stored(socket, path, cookie, key):
    client = socket(path, cookie=cookie)
    await looking(client)
    await knock("POST", SINGLE, make_event("signup", event_id="e", properties={"plan": "pro"}), x_api_key=key)
    frame = await client.hear()
    assert (frame["type"], frame["count"], frame["sampled"]) == ("events", 1, False)
    event = frame["events"][0]
    assert (event["event_name"], event["event_id"], event["properties"]) == ("signup", "e", {"plan": "pro"})
    assert event["seq"] > 0


async def test_a_burst_is_a_sample_with_its_true_count(socket, path, cookie, tenant):
    client = socket(path, cookie=cookie)
    await looking(client)
    await sync_to_async(send)(tenant, *[make_event() for _ in range(300)])
    frame = await client.hear()
    assert (frame["count"], frame["sampled"], len(frame["events"])) == (300, True, SAMPLE)


async def test_many_commits_are_few_frames_that_lose_no_count(socket, path, cookie, tenant):
    client = socket(path, cookie=cookie)
    await looking(client)
    for _ in range(10):
        await sync_to_async(send)(tenant, make_event())
    counts = []
    while sum(counts) < 10:
        counts.append((await client.hear())["count"])
    assert sum(counts) == 10
    assert len(counts) < 10


async def test_duplicates_and_drops_are_not_shown(socket, path, cookie, tenant):
    client = socket(path, cookie=cookie)
    await looking(client)
    same = make_event()
    await sync_to_async(send)(tenant, same, same, {"event_id": "bad"})
    frame = await client.hear()
    assert (frame["count"], [event["event_id"] for event in frame["events"]]) == (1, [same["event_id"]])


async def test_another_tenants_events_are_not_shown(socket, path, cookie):
    client = socket(path, cookie=cookie)
    await looking(client)
    other = await sync_to_async(make_tenant)("Other")
    await sync_to_async(send)(other, make_event())
    assert await client.receive_nothing(timeout=0.5)


# --- who may look -------------------------------------------------------------------------------------


async def test_without_a_session_it_is_closed_4401(socket, path):
    assert await socket(path).refusal() == 4401
    assert await socket(path, cookie="sessionid=unknown").refusal() == 4401


async def test_a_key_is_no_session(socket, path, secret):
    assert await socket(path, authorization=f"Bearer {secret}").refusal() == 4401


async def test_another_tenant_is_closed_4404_and_so_is_one_that_is_none(socket, cookie):
    other = await sync_to_async(make_tenant)("Other")
    for tenant_id in (other.id, "5b1c0000-0000-4000-8000-000000000000", "nonsense"):
        assert await socket(f"/ws/live?tenant_id={tenant_id}", cookie=cookie).refusal() == 4404


async def test_a_superuser_sees_every_tenant(socket, path):
    cookie = await sync_to_async(sign_in)(superuser=True)
    await looking(socket(path, cookie=cookie))


async def test_the_only_tenant_need_not_be_named_and_one_of_several_must(socket, cookie, tenant):
    await looking(socket("/ws/live", cookie=cookie))
    other = await sync_to_async(make_tenant)("Other")
    both = await sync_to_async(sign_in)(tenant, other)
    assert await socket("/ws/live", cookie=both).refusal() == 4400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://here.example.evil.example"])
async def test_a_page_of_another_site_is_closed_4403(socket, path, cookie, origin):
    assert await socket(path, cookie=cookie, host="here.example", origin=origin).refusal() == 4403


async def test_a_page_of_this_server_or_a_trusted_one_is_let_in(socket, path, cookie, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://other.example"]
    await looking(socket(path, cookie=cookie, host="here.example:8000", origin="http://here.example:8000"))
    await looking(socket(path, cookie=cookie, host="here.example", origin="https://other.example"))


async def test_who_is_no_member_any_more_is_closed_4404(socket, path, cookie, monkeypatch):
    monkeypatch.setattr(presence, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(live, "ASK_AGAIN", 0.05)
    client = socket(path, cookie=cookie)
    await looking(client)

    def leave():
        with operator_scope():
            Membership.objects.all().delete()

    await sync_to_async(leave)()
    assert await client.closed() == 4404


# --- what it costs ------------------------------------------------------------------------------------


async def test_nothing_is_published_while_nobody_looks(tenant, monkeypatch):
    published = threading.Event()
    monkeypatch.setattr(publisher, "publish", lambda tenant_id: published.set())
    await sync_to_async(send)(tenant, make_event())
    assert not published.wait(0.3)


async def test_a_failed_publish_fails_no_ack(socket, path, cookie, key, monkeypatch):
    await looking(socket(path, cookie=cookie))
    monkeypatch.setattr("events.ws.publisher.frame", lambda *arguments: 1 / 0)
    assert (await knock("POST", SINGLE, make_event(), x_api_key=key)).status == 201


async def test_whoever_left_is_not_counted_as_looking(socket, path, cookie, tenant):
    client = socket(path, cookie=cookie)
    await looking(client)
    assert presence.here[tenant.id] == 1
    await client.disconnect()
    assert presence.here[tenant.id] == 0


async def test_a_slow_reader_gets_the_newest_frames_and_the_count_of_the_rest():
    consumer, sent = LiveConsumer(), []

    async def keep(message):
        sent.append(json.loads(message["text"]))

    consumer.base_send = keep
    for number in range(live.BUFFERED + 30):
        consumer._buffer({"frame": json.dumps({"count": 2, "number": number}), "count": 2})
    forwarding = asyncio.create_task(consumer._forward())
    await asyncio.sleep(0)  # once is enough: nothing here waits
    forwarding.cancel()
    assert sum(frame["count"] for frame in sent) == 2 * (live.BUFFERED + 30)
    assert sent[-1]["number"] == live.BUFFERED + 29
