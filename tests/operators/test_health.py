"""/healthz and /readyz: quick, truthful, and no use to a stranger."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections import namedtuple

import pytest
from django.db import connection
from django.test import Client

from events.health import look_at_writer
from events.ingest.writer import get_writer
from obc_analytics import health
from tests.factories import make_event, make_tenant, send
from tests.live import wait_for

Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def probe():
    """Makes a probe of given checks, each a name and a function."""

    def make(*checks):
        return health.Probe([health.Check(*check) for check in checks])

    return make


def fine(connection):
    return {}


def broken(connection):
    raise health.Failed("it is broken")


def test_alive_needs_no_database(client):
    """pytest-django refuses a query here: the test has no access to the database."""
    for path in ("/healthz", "/healthz/"):
        response = client.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_answers_are_not_cached_on_their_way_and_set_no_cookie(client):
    response = client.get("/healthz")
    assert "no-store" in response["Cache-Control"] and not response.cookies


@pytest.mark.django_db(transaction=True)
def test_ready_names_its_checks(monkeypatch):
    monkeypatch.setattr(health, "probe", health.Probe(health.probe.checks))
    answer = Client().get("/readyz").json()
    assert {"database", "migrations", "writer", "worker", "disk"} <= set(answer["checks"])
    assert all(answer["checks"][name]["ok"] for name in ("database", "migrations", "writer", "disk"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("essential", "status", "word"), [(True, 503, "unavailable"), (False, 200, "degraded")])
def test_only_an_essential_failure_refuses_requests(monkeypatch, probe, essential, status, word):
    monkeypatch.setattr(health, "probe", probe(("database", fine), ("thing", broken, essential)))
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"]) == (status, word)
    assert response.json()["checks"]["thing"] == {"ok": False, "error": "it is broken"}


@pytest.mark.django_db(transaction=True)
def test_an_error_nobody_foresaw_shows_its_kind_and_no_more(probe):
    def surprise(connection):
        raise ValueError("postgres://obc:password@host/db")

    assert probe(("thing", surprise)).answer().checks["thing"] == {"ok": False, "error": "ValueError"}


@pytest.mark.django_db(transaction=True)
def test_an_answer_serves_everybody_for_a_second(probe):
    asked = []
    prober = probe(("thing", lambda connection: asked.append(1) or {}))
    for _ in range(5):
        prober.answer()
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_who_asks_meanwhile_shares_one_run_and_none_waits_for_long(probe, monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT", 0.1)
    go_on, asked, answers = threading.Event(), [], []

    def slow(connection):
        asked.append(1)
        go_on.wait(20)
        return {}

    prober = probe(("thing", slow))
    threads = [threading.Thread(target=lambda: answers.append(prober.answer().ready)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    go_on.set()
    assert (answers, len(asked)) == ([False] * 8, 1)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_idle_does_not_count(probe, monkeypatch):
    monkeypatch.setattr(health, "FRESH", 0.0)
    prober = probe(("database", health.look_at_database))
    assert prober.answer().ready
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'obc-readyz'")
    assert prober.answer().ready


@pytest.mark.django_db(transaction=True)
def test_migrations_to_be_applied_are_said(probe, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health, "_on_disk", lambda: {("events", "9999_to_come")})
    found = probe(("migrations", health.look_at_migrations)).answer()
    assert not found.ready and "1 migrations are to be applied" in found.checks["migrations"]["error"]


@pytest.mark.parametrize(("free_mb", "full", "low"), [(10, True, True), (500, False, True), (50_000, False, False)])
def test_the_disk_is_watched(monkeypatch, free_mb, full, low):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Disk(0, 0, free_mb * health.MIB))
    for look, fails in ((health.look_at_disk, full), (health.look_for_space, low)):
        if fails:
            with pytest.raises(health.Failed, match=f"{free_mb} MB"):
                look()
        else:
            look()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("age", "fails"), [(None, "no worker"), (5, ""), (300, "300 s old")])
def test_the_workers_heartbeat_is_watched(probe, age, fails):
    with connection.as_login(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        if age is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))", [age]
            )
    found = probe(("worker", health.look_at_worker, False)).answer().checks["worker"]
    assert (found["ok"], fails in found.get("error", "")) == (not fails, True)


@pytest.mark.django_db(transaction=True)
def test_a_writer_that_failed_finds_out_that_it_can_write_again():
    """No request comes to a process that is not ready, so the check itself has to try."""
    send(make_tenant(), make_event())
    writer = get_writer()
    writer.failing_since = time.monotonic()
    assert look_at_writer(None) == {"queued": 0}
    assert writer.healthy()


@pytest.mark.django_db(transaction=True)
def test_a_dead_thread_of_the_writer_is_said_and_started_again():
    writer = get_writer()
    gone = threading.Thread(target=lambda: None)
    gone.start()
    gone.join()
    writer._threads[0] = gone
    with pytest.raises(health.Failed, match="had died"):
        look_at_writer(None)
    assert look_at_writer(None) == {"queued": 0}


# --- real processes ---------------------------------------------------------------------------------


def ready(stack):
    """Status, answer and the seconds it took."""
    began = time.monotonic()
    status, answer = stack.request("GET", "/readyz")
    return status, answer, time.monotonic() - began


def test_while_the_database_is_away_it_says_so_and_comes_back(live_stack):
    wait_for(lambda: ready(live_stack)[0] == 200, "/readyz to say yes")
    live_stack.stop_postgres()
    try:
        _, answer, _ = wait_for(lambda: (r := ready(live_stack))[0] == 503 and r, "/readyz to say no")
        assert not answer["checks"]["database"]["ok"]
        assert ready(live_stack)[2] < 2
        assert live_stack.request("GET", "/healthz")[0] == 200
        assert "/" not in json.dumps(answer)  # no path, no address
    finally:
        live_stack.start_postgres()
    wait_for(lambda: ready(live_stack)[0] == 200, "/readyz to say yes again")
    assert live_stack.send(make_event())[1]["accepted"] == 1


def test_a_database_that_hangs_does_not_hang_it(live_stack):
    wait_for(lambda: ready(live_stack)[0] == 200, "/readyz to say yes")
    postgres = live_stack.pids["postgres"]
    group = [postgres, *children(postgres)]
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    try:
        _, _, seconds = wait_for(lambda: (r := ready(live_stack))[0] == 503 and r, "/readyz to say no")
        assert seconds < 2
        assert live_stack.request("GET", "/healthz")[0] == 200
    finally:
        for pid in group:
            os.kill(pid, signal.SIGCONT)
    wait_for(lambda: ready(live_stack)[0] == 200, "/readyz to say yes again")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(number) for number in file.read().split()]


def test_a_web_process_that_failed_to_write_is_ready_again_without_a_request(make_live_stack):
    stack = make_live_stack()
    stack.send(make_event())
    stack.stop_postgres()
    assert stack.send(make_event())[0] in (200, 503)  # `retry`, or refused
    stack.start_postgres()
    wait_for(lambda: ready(stack)[0] == 200, "/readyz to say yes again")
