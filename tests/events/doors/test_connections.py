"""The registry of connections."""

from __future__ import annotations

import uuid

import pytest

from events.ws.registry import LISTED, Connection, Registry, asnapshot, registry, snapshot
from obc_analytics.errors import Overloaded
from tests.factories import make_event

TENANT = uuid.UUID(int=1)


@pytest.fixture(autouse=True)
def empty():
    yield
    registry._tenants.clear()


def test_nobody_is_connected_at_first():
    assert snapshot(TENANT) == {"total": 0, "by_user": [], "connections": []}


def test_it_lists_connections_and_counts_them_by_user():
    for user in ("a", "a", "b", None):
        registry.add(Connection(TENANT, user, "127.0.0.1", events=2))
    found = snapshot(TENANT)
    assert found["total"] == 4
    assert found["by_user"][0] == {"user_id": "a", "connections": 2, "events": 4}
    assert set(found["connections"][0]) == {"connection_id", "user_id", "connected_at", "last_seen", "events", "ip"}


def test_another_tenants_connections_are_not_seen():
    registry.add(Connection(uuid.UUID(int=2)))
    assert snapshot(TENANT)["total"] == 0


def test_what_left_is_gone_and_may_leave_twice():
    connection = Connection(TENANT)
    registry.add(connection)
    registry.remove(connection)
    registry.remove(connection)
    assert (snapshot(TENANT)["total"], registry.tenants()) == (0, [])


def test_the_list_is_bounded_and_the_total_is_not():
    for _ in range(LISTED + 5):
        registry.add(Connection(TENANT))
    found = snapshot(TENANT)
    assert (found["total"], len(found["connections"])) == (LISTED + 5, LISTED)


def test_a_tenants_connections_are_bounded(settings):
    settings.INGEST = {**settings.INGEST, "MAX_CONNECTIONS": 2}
    own = Registry()
    own.add(Connection(TENANT))
    own.add(Connection(TENANT))
    with pytest.raises(Overloaded):
        own.add(Connection(TENANT))


async def test_a_socket_is_listed_with_its_events_until_it_closes(socket, key, tenant):
    client = socket(f"/ws/analytics?key={key}&user_id=u-1")
    welcome = await client.open()
    await client.say(type="batch", events=[make_event(), make_event()])
    await client.hear()
    listed = (await asnapshot(tenant.id))["connections"]
    assert [(each["connection_id"], each["user_id"], each["events"]) for each in listed] == [
        (welcome["connection_id"], "u-1", 2)
    ]
    await client.disconnect()
    assert (await asnapshot(tenant.id))["total"] == 0
