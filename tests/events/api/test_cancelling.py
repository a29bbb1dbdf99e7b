"""A client that goes away takes its question along: the engine's place is free for the next one."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import uuid
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.contrib.auth import get_user_model
from django.test import Client

from dashboards.models import Board, Sharing
from events import metrics
from events.query import engine, run
from events.query.engine import Cancelled, Ticket
from events.query.places import Places
from obc_analytics.asgi import application
from obc_analytics.errors import Overloaded
from tenants.models import Membership
from tenants.scope import operator_scope, tenant_scope
from tests.factories import make_secret_key
from tests.live import wait_for

TRENDS = {"kind": "trends"}
FUNNEL = {"kind": "funnel", "steps": [{"event": "a"}, {"event": "b"}]}
ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1"
ASKED = {
    "POST query": ("POST", "/api/v1/analytics/query", TRENDS),
    "POST explain": ("POST", "/api/v1/analytics/explain", {"of": FUNNEL, "actor": "ada"}),
    "GET stats": ("GET", "/api/v1/analytics/stats", None),
    "a builder's result": ("GET", f"/t/acme/insights/result?{urlencode({'q': json.dumps(TRENDS)})}", None),
    "a board's tile": ("GET", "/t/acme/boards/BOARD/tiles/TILE", None),
    "the people behind a number": (
        "GET",
        f"/t/acme/people-behind?{urlencode({'q': json.dumps({'kind': 'actors', 'of': TRENDS})})}",
        None,
    ),
    "the list of people": ("GET", "/t/acme/people/", None),
    "the overview's panels": ("GET", "/t/acme/overview/panels", None),
}


def outcomes(name):
    return metrics.QUESTIONS.labels(name)._value.get()


@pytest.fixture
def begun(monkeypatch):
    """Every question is endless; the event is set when one is in the engine."""
    begun, opened = threading.Event(), run.opened

    @contextmanager
    def endless(state, ticket):
        with opened(state, ticket) as relation:
            begun.set()
            relation.connection.execute(ENDLESS)
            yield relation

    monkeypatch.setattr(run, "opened", endless)
    run.forget()
    return begun


@pytest.fixture
def doors(tenant):
    """Headers of a person and of a secret key, and a board with a tile."""
    person = get_user_model().objects.create_user("ann", password="a long pass phrase")
    with operator_scope():
        Membership.objects.create(tenant=tenant, user=person, role="analyst")
    with tenant_scope(tenant.id):
        board = Board.objects.create(tenant=tenant, name="b", sharing=Sharing.SHARED)
        tile = board.add(kind="number", question=TRENDS, title="n", width=3, height=2)
    client = Client()
    client.force_login(person)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    headers = [
        (b"cookie", cookie.encode()),
        (b"authorization", f"Bearer {make_secret_key(tenant)}".encode()),
        (b"host", b"testserver"),
    ]
    return headers, str(board.id), str(tile.id)


@pytest.mark.parametrize("asked", ASKED)
async def test_a_closed_connection_frees_the_engine(begun, doors, asked):
    headers, board, tile = doors
    method, path, body = ASKED[asked]
    path = path.replace("BOARD", board).replace("TILE", tile)
    kept = headers if path.startswith("/api") else headers[:1] + headers[2:]
    request = HttpCommunicator(application, method, path, b"", kept)
    before = outcomes("cancelled")
    await request.send_input({"type": "http.request", "body": json.dumps(body).encode() if body else b""})
    assert await asyncio.to_thread(begun.wait, 15), await request.get_response()
    await request.send_input({"type": "http.disconnect"})
    await request.wait(timeout=15)
    assert outcomes("cancelled") == before + 1
    assert engine.places.free == engine.RUNNING


async def test_who_waits_for_a_place_and_goes_away_is_not_asked_any_more(begun, doors):
    headers, *_ = doors
    taken = [engine.places.take(1, lambda: None) for _ in range(engine.RUNNING)]
    request = HttpCommunicator(application, "POST", "/api/v1/analytics/query", b"", headers)
    await request.send_input({"type": "http.request", "body": json.dumps(TRENDS).encode()})
    await sync_to_async(wait_for)(lambda: engine.places.waiting, "the question to wait", seconds=15)
    await request.send_input({"type": "http.disconnect"})
    await request.wait(timeout=15)
    assert (begun.is_set(), engine.places.waiting) == (False, 0)
    for place in taken:
        place.leave()
    assert engine.places.free == engine.RUNNING


def test_places_are_given_in_the_order_of_coming():
    places, came = Places(1, "busy"), []
    held = places.take(1, lambda: None)

    def work(name):
        place = places.take(10, lambda: None)
        came.append(name)
        place.leave()

    threads = []
    for name in "abc":
        threads.append(threading.Thread(target=work, args=name))
        threads[-1].start()
        wait_for(lambda: places.waiting == len(threads), "it to stand in the queue", seconds=10)
    held.leave()
    held.leave()  # twice is once
    for thread in threads:
        thread.join(10)
    assert (came, places.free) == (["a", "b", "c"], 1)


def test_a_full_engine_says_so():
    places = Places(0, "All are busy.")
    with pytest.raises(Overloaded, match="All are busy"):
        places.take(0, lambda: None)
    assert places.waiting == 0


def test_a_cancelled_question_does_not_begin():
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Cancelled), engine.cursor(ticket):
        pass
    assert engine.places.free == engine.RUNNING


def test_on_a_real_server_a_cut_connection_ends_its_statement(live_stack):
    """The next statement waits for the only place of SQL, and has it long before the first one's limit of time."""
    sql = f"select '{uuid.uuid4()}', count(*) from range(1000000) a, range(1000000) b"
    body = json.dumps({"kind": "sql", "sql": sql}).encode()
    head = (
        f"POST /api/v1/analytics/query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {live_stack.secret_key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    cut = 'obc_questions_total{outcome="cancelled"}'

    def counted():
        text = live_stack.request("GET", "/metrics")[1]
        return next((float(line.split()[1]) for line in text.splitlines() if line.startswith(cut)), 0.0)

    before = counted()
    for number in range(1, 4):
        with socket.create_connection(("127.0.0.1", live_stack.port)) as connection:
            connection.sendall(head.encode() + body)
            wait_for(lambda: "obc_sql_running 1.0" in live_stack.request("GET", "/metrics")[1], "the statement to run")
        # one by one: "running" must not be the one before, or the cut comes before the statement is asked at all
        wait_for(lambda wanted=before + number: counted() == wanted, "the statement to be cancelled")
    asked = {"kind": "sql", "sql": "select 1"}
    status, answer = live_stack.request("POST", "/api/v1/analytics/query", asked, live_stack.secret_key)
    assert (status, answer["rows"]) == (200, [[1]])
