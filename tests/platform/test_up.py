"""`manage.py up` from outside: one command, found again, stopped cleanly, killed without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from obc_analytics import upstart
from obc_analytics.embedded import Server
from obc_analytics.processes import is_alive, wait_until
from tests import own_server
from tests.live import ROOT, free_port, wait_for

PATIENCE = 120.0  # seconds for `up` to be ready on a busy machine


class Up:
    """A running `manage.py up --json`."""

    def __init__(self, data_dir: Path, *options: str, **environment: str) -> None:
        self.data_dir = data_dir
        self.errors = data_dir.with_suffix(".err")
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up", "--json", "--data-dir", str(data_dir), *options],
                cwd="/", env=own_server.clean_environment(**environment),
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip

    def ready(self) -> dict[str, Any]:
        """What it says when it is ready."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        return json.loads(line)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for the whole file: each test finds what the one before left."""
    folder = tmp_path_factory.mktemp("up") / "data"
    yield folder
    Server(folder).kill()


@pytest.fixture
def started(data_dir: Path) -> Iterator[Up]:
    up = Up(data_dir, "--port", str(free_port()))
    yield up
    if up.process.poll() is None:
        up.end(signal.SIGKILL)
    wait_until(lambda: not processes_of(data_dir), 30)


def processes_of(data_dir: Path) -> list[int]:
    """Live processes whose environment or arguments name this data folder, but for ourselves."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = Path(f"/proc/{name}/environ").read_bytes() + Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if bytes(data_dir) in text and int(name) != os.getpid() and is_alive(int(name)):
            found.append(int(name))
    return found


def send_event(facts: dict[str, Any], event_id: str) -> dict[str, Any]:
    body = json.dumps({"event_id": event_id, "event_name": "hello"}).encode()
    headers = {"Authorization": f"Bearer {facts['write_key']}"}
    request = urllib.request.Request(f"{facts['url']}/api/v1/analytics/events", body, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.loads(answer.read())


def stored(data_dir: Path, event_id: str) -> int:
    with psycopg.connect(Server(data_dir).url) as connection:
        row = connection.execute("SELECT count(*) FROM analytics_events WHERE event_id = %s", [event_id]).fetchone()
    assert row is not None
    return row[0]


def test_nothing_becomes_a_running_system_with_a_tenant_keys_and_an_admin(started: Up, data_dir: Path):
    facts = started.ready()
    assert facts.keys() >= {"url", "tenant_id", "write_key", "secret_key", "admin_user", "admin_password"}
    assert facts["write_key"].startswith("obc_pk_")
    assert facts["secret_key"].startswith("obc_sk_")
    assert send_event(facts, "first")["result"] == "ok"
    assert stored(data_dir, "first") == 1
    assert started.end(signal.SIGINT) == 0
    assert processes_of(data_dir) == []


def test_a_later_up_finds_all_of_it_and_makes_no_secret(started: Up, data_dir: Path):
    facts = started.ready()
    assert not facts.keys() & {"secret_key", "admin_password"}
    assert send_event(facts, "first")["result"] == "duplicate"
    assert started.end(signal.SIGTERM) == 0
    assert processes_of(data_dir) == []


def test_a_second_up_on_a_live_folder_says_its_url_and_succeeds(started: Up, data_dir: Path):
    facts = started.ready()
    second = Up(data_dir, "--port", "1")
    assert second.ready()["url"] == facts["url"]
    assert second.process.wait(10) == 0
    assert started.process.poll() is None


def test_of_two_at_once_one_runs_and_both_say_where(started: Up, data_dir: Path):
    both = [started, Up(data_dir, "--port", str(free_port()))]
    said = [up.ready()["url"] for up in both]
    assert said[0] == said[1]
    wait_for(lambda: any(up.process.poll() == 0 for up in both), "one of them to leave it to the other")
    last = next(up for up in both if up.process.poll() is None)
    assert last.end(signal.SIGINT) == 0


def test_kill_9_leaves_nothing_running_and_nothing_to_trip_over(started: Up, data_dir: Path):
    facts = started.ready()
    assert send_event(facts, "before the crash")["result"] == "ok"
    port = facts["url"].rpartition(":")[2]
    started.end(signal.SIGKILL)
    again = Up(data_dir, "--port", port)  # at once: what is still going is waited for
    try:
        assert send_event(again.ready(), "before the crash")["result"] == "duplicate"
    finally:
        again.end(signal.SIGKILL)
    assert wait_until(lambda: not processes_of(data_dir), 30), processes_of(data_dir)


def test_a_dead_web_process_and_a_dead_database_are_started_again(started: Up, data_dir: Path):
    facts = started.ready()
    for pid in processes_of(data_dir):
        if b"obc_analytics.edge" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    Server(data_dir).kill()

    def sent() -> bool:
        try:
            return send_event(facts, "after it")["result"] in ("ok", "duplicate")
        except OSError:
            return False

    wait_for(sent, "an event to be stored again", started.errors.read_text, seconds=60)
    assert stored(data_dir, "after it") == 1
    assert "web ended with status -9" in started.errors.read_text()


def test_other_commands_work_on_the_server_that_up_started(started: Up, data_dir: Path):
    facts = started.ready()
    command = [sys.executable, str(ROOT / "manage.py"), "first_tenant", f"--data-dir={data_dir}"]
    done = subprocess.run(command, env=own_server.clean_environment(), capture_output=True, text=True)
    assert json.loads(done.stdout)["tenant_id"] == facts["tenant_id"], done.stderr


def test_an_interrupt_while_it_starts_leaves_nothing_behind(tmp_path: Path):
    data_dir = tmp_path / "data"
    up = Up(data_dir, "--port", str(free_port()))
    wait_for((data_dir / "postgres.json").exists, "the first file")
    assert up.end(signal.SIGINT) in (0, 130)
    assert wait_until(lambda: not processes_of(data_dir), 30)


def test_a_migration_cut_short_is_finished_by_the_next_up(tmp_path: Path):
    data_dir = tmp_path / "data"
    first = Up(data_dir, "--port", str(free_port()))
    wait_for(lambda: migrations(data_dir) > 3, "some migrations to be through", first.errors.read_text)
    first.end(signal.SIGKILL)
    again = Up(data_dir, "--port", str(free_port()))
    try:
        assert send_event(again.ready(), "at last")["result"] == "ok"
    finally:
        again.end(signal.SIGKILL)
        assert wait_until(lambda: not processes_of(data_dir), 30)


def migrations(data_dir: Path) -> int:
    try:
        with psycopg.connect(Server(data_dir).url) as connection:
            row = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
    except psycopg.Error:
        return 0
    return row[0] if row else 0


def test_a_taken_port_is_said_and_names_the_option(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        up = Up(tmp_path / "data", "--port", str(listener.getsockname()[1]))
        assert up.process.wait(30) == 1
    assert "is taken; choose another with --port" in up.errors.read_text()


def test_database_url_is_used_instead_of_an_embedded_server(tmp_path: Path, embedded_server: Any):
    elsewhere, data_dir = embedded_server(), tmp_path / "data"
    up = Up(data_dir, "--port", str(free_port()), DATABASE_URL=elsewhere.url)
    try:
        assert send_event(up.ready(), "elsewhere")["result"] == "ok"
        assert not (data_dir / "postgres").exists()
        assert stored(elsewhere.data_dir, "elsewhere") == 1
    finally:
        assert up.end(signal.SIGINT) == 0
    assert elsewhere.pid() is not None


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_the_printed_url_is_one_a_browser_here_can_open(host: str, url: str):
    assert upstart.url_of(host, 80) == url


def test_a_taken_port_gets_a_moment_to_become_free():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(OSError, match="--port"):
        upstart.free_port("127.0.0.1", port)
    assert time.monotonic() - began > 1
    listener.close()
    assert upstart.free_port("127.0.0.1", port) == port
