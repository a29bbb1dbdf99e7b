"""The socket routes with two tenants; a new route fails until it is tried here."""

from __future__ import annotations

import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.test import Client

from events.models import Event
from obc_analytics import routing
from obc_analytics.asgi import application
from tenants.models import Membership, Role
from tenants.scope import operator_scope, tenant_scope
from tests.factories import make_event, make_tenant, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)

TRIED = {"/ws/analytics", "/ws/live"}
HOST = [(b"host", b"testserver"), (b"origin", b"http://testserver")]


def test_every_socket_route_is_tried_here():
    assert set(routing.SOCKETS) == TRIED


async def closed_with(path: str, headers=()) -> int:
    """The close code of a socket that must not stay open; its frames before that are none."""
    socket = WebsocketCommunicator(application, path, headers=[*headers])
    await socket.connect()
    message = await socket.receive_output(timeout=5)
    assert message["type"] == "websocket.close", message
    return message["code"]


def session_of(tenant):
    with operator_scope():
        person = get_user_model().objects.create_user(f"person-{tenant.slug}", password="long password")
        Membership.objects.create(tenant=tenant, user=person, role=Role.OWNER)
    client = Client()
    client.force_login(person)
    return (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())


async def test_a_key_does_not_open_another_tenants_door():
    mine, theirs = await sync_to_async(make_tenant)("A"), await sync_to_async(make_tenant)("B")
    key = (await sync_to_async(make_write_key)(mine)).token
    assert await closed_with(f"/ws/analytics?tenant_id={theirs.id}&key={key}", HOST) == 4403


async def test_a_session_does_not_open_another_tenants_live_stream():
    mine, theirs = await sync_to_async(make_tenant)("A"), await sync_to_async(make_tenant)("B")
    cookie = await sync_to_async(session_of)(mine)
    assert await closed_with(f"/ws/live?tenant_id={theirs.id}", [*HOST, cookie]) in (4403, 4404)
    foreign = [(b"host", b"testserver"), (b"origin", b"https://evil.example"), cookie]
    assert await closed_with(f"/ws/live?tenant_id={mine.id}", foreign) == 4403
    assert await closed_with(f"/ws/live?tenant_id={mine.id}", HOST) == 4401


async def test_events_land_with_the_keys_tenant_and_the_live_stream_shows_ones_own_only():
    mine, theirs = await sync_to_async(make_tenant)("A"), await sync_to_async(make_tenant)("B")
    cookie = await sync_to_async(session_of)(mine)
    live = WebsocketCommunicator(application, f"/ws/live?tenant_id={mine.id}", headers=[*HOST, cookie])
    assert (await live.connect())[0]
    key = (await sync_to_async(make_write_key)(mine)).token
    socket = WebsocketCommunicator(application, f"/ws/analytics?key={key}", headers=HOST)
    assert (await socket.connect())[0]
    assert (await socket.receive_json_from())["type"] == "welcome"
    await sync_to_async(send)(theirs, make_event("of-b"))
    await socket.send_to(text_data=json.dumps({"type": "event", "event": {"event_id": "1", "event_name": "of-a"}}))
    assert (await socket.receive_json_from())["type"] == "ack"
    seen = ""
    while "of-a" not in seen:
        seen += await live.receive_from(timeout=5)
    assert "of-b" not in seen
    await socket.disconnect()
    await live.disconnect()
    assert await sync_to_async(names_of)(mine) == ["of-a"]
    assert await sync_to_async(names_of)(theirs) == ["of-b"]


def names_of(tenant):
    with tenant_scope(tenant.id):
        return list(Event.objects.filter(tenant=tenant).values_list("event_name", flat=True))
