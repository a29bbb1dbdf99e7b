"""With Redis: connections, and the live stream, right across processes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import uuid

import pytest
import redis
from websockets.sync.client import connect

from events.ws import shared
from events.ws.registry import Connection, registry, snapshot
from tests.live import free_port, wait_for

pytestmark = pytest.mark.redis
TENANT = uuid.UUID(int=7)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)

    def answers():
        with contextlib.suppress(redis.ConnectionError):
            return client.ping()

    wait_for(answers, "redis-server")
    yield f"redis://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture
def shared_registry(redis_url, settings):
    """This process tells Redis by hand, so that tests need not wait for its thread."""
    settings.REDIS_URL = redis_url
    shared.client(redis_url).flushall()
    before, registry.on_change = registry.on_change, lambda tenant_id: None
    yield shared.Teller()
    registry._tenants.clear()
    registry.on_change = before


@contextlib.contextmanager
def another_process(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shared, "process", "another")
        yield


def tell_as_another(teller, monkeypatch, *connections):
    for connection in connections:
        registry.add(connection)
    with another_process(monkeypatch):
        teller.tell(renew=True)
    registry._tenants.clear()


def test_connections_of_another_process_are_listed_beside_our_own(shared_registry, monkeypatch):
    tell_as_another(shared_registry, monkeypatch, Connection(TENANT, "theirs"))
    registry.add(Connection(TENANT, "ours"))
    shared_registry.tell(renew=True)
    found = snapshot(TENANT)
    assert (found["total"], {each["user_id"] for each in found["connections"]}) == (2, {"ours", "theirs"})


def test_a_dead_processs_connections_leave_within_a_minute(shared_registry, monkeypatch, settings):
    tell_as_another(shared_registry, monkeypatch, Connection(TENANT))
    client = shared.client(settings.REDIS_URL)
    assert 0 < client.ttl(shared.rows_key(TENANT, "another")) < 60
    client.delete(shared.rows_key(TENANT, "another"))  # as its expiry does
    assert snapshot(TENANT)["total"] == 0
    assert client.smembers(shared.index_key(TENANT)) == set()


def test_a_process_that_ends_takes_its_connections_with_it(shared_registry, monkeypatch):
    registry.add(Connection(TENANT))
    with another_process(monkeypatch):
        shared_registry.tell(renew=True)
        shared_registry.forget()
    registry._tenants.clear()
    assert snapshot(TENANT)["total"] == 0


def test_without_redis_at_the_moment_our_own_are_still_listed(shared_registry, settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    registry.add(Connection(TENANT))
    assert snapshot(TENANT)["total"] == 1


def test_two_real_processes_know_each_others_sockets_and_stored_events(make_live_stack, redis_url):
    stack = make_live_stack(REDIS_URL=redis_url, OBC_SECRET_KEY="one for all of its processes")
    first = stack.port
    cookie = sign_in(stack)
    with contextlib.ExitStack() as open_sockets:
        live = open_sockets.enter_context(
            connect(f"{stack.ws_url}/ws/live?tenant_id={stack.tenant_id}", additional_headers=cookie, proxy=None)
        )
        web, stack.port = stack.web, free_port()
        stack.url = f"http://127.0.0.1:{stack.port}"
        open_sockets.callback(web.kill)
        stack.start_web()
        assert stack.port != first
        client = open_sockets.enter_context(
            connect(f"ws://127.0.0.1:{stack.port}/ws/analytics?key={stack.write_key}&user_id=u-2", proxy=None)
        )
        assert json.loads(client.recv(timeout=10))["type"] == "welcome"
        stack.url = f"http://127.0.0.1:{first}"
        wait_for(lambda: users_seen(stack) == ["u-2"], "the first process to know the second's socket", seconds=10)
        client.send(json.dumps({"type": "event", "event": {"event_name": "far", "event_id": "far"}}))
        assert json.loads(live.recv(timeout=10))["events"][0]["event_name"] == "far"


def users_seen(stack) -> list[str]:
    status, found = stack.request("GET", "/api/v1/analytics/connections", key=stack.secret_key)
    return [each["user_id"] for each in found["connections"]] if status == 200 else []


def sign_in(stack) -> dict[str, str]:
    """The Cookie header of the stack's first person, made where the stack's database is."""
    script = (
        "from django.test import Client; from django.contrib.auth import get_user_model;"
        "c = Client(); c.force_login(get_user_model().objects.first()); print(c.cookies['sessionid'].value)"
    )
    value = stack.manage("shell", "--verbosity", "0", "-c", script).split()[-1]
    return {"Cookie": f"sessionid={value}"}
