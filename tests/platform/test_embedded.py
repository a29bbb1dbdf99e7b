"""The data folder's own PostgreSQL: what must hold when it is started, killed, found and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from obc_analytics import postgres_conf, postgres_user
from obc_analytics.embedded import EmbeddedError, Server, fits_a_socket
from obc_analytics.processes import is_alive, wait_until
from tests import own_server
from tests.live import ROOT

Maker = Callable[[], Server]


def value(server: Server, query: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def write(server: Server, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement)


def command(action: str, data_dir: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "obc_analytics.embedded", action, "--data-dir", str(data_dir)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture
def folder(tmp_path: Path):
    """A data folder whose server is killed after the test, whoever started it."""
    data_dir = tmp_path / "data"
    yield data_dir
    Server(data_dir).kill()


def test_it_has_its_database_and_durable_commits(embedded_server: Maker):
    server = embedded_server()
    assert value(server, "SELECT current_database()") == "obc"
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert value(server, f"SHOW {setting}") == "on", setting


def test_it_opens_no_tcp_port_and_no_socket_to_others(embedded_server: Maker):
    server = embedded_server()
    host = Path(server.info()["host"])
    assert value(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(host.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.data_dir / "postgres.json").stat().st_mode) == 0o600


def test_it_asks_for_the_password(embedded_server: Maker):
    server = embedded_server()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(server.info()["password"], "wrong"))


def test_it_leaves_parent_folders_as_they_are(folder: Path):
    folder.parent.chmod(0o700)
    before = [path.stat().st_mode for path in folder.parents]
    own_server.start(folder)
    assert [path.stat().st_mode for path in folder.parents] == before


def test_a_second_start_finds_the_first(embedded_server: Maker):
    first = embedded_server()
    second = Server(first.data_dir)
    second.start()
    assert second.process is None
    assert second.pid() == first.pid()


def test_two_starts_at_once_make_one_server(folder: Path):
    both = [command("start", folder), command("start", folder)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert said[0] == said[1]  # the same pid
    command("stop", folder).wait(60)


def test_what_was_committed_is_there_after_kill_9_of_everything(embedded_server: Maker):
    server = embedded_server()
    write(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    server.kill()
    assert server.pid() is None
    server.start()
    assert value(server, "SELECT count(*) FROM kept") == 1000


def test_it_starts_while_processes_of_a_dead_server_still_work(embedded_server: Maker):
    server = embedded_server()
    busy = psycopg.connect(server.url, autocommit=True)
    backend, pid = busy.info.backend_pid, server.pid()
    # a process in a long query notices late that its server is gone
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 2000000000)")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), 10)
    assert is_alive(backend)
    server.start()
    busy.close()
    assert not is_alive(backend)
    assert value(server, "SELECT 1") == 1


def test_a_pid_file_that_names_a_foreign_process_does_not_hold_it_up(embedded_server: Maker):
    server = embedded_server()
    pid_file, host = server.cluster / "postmaster.pid", Path(server.info()["host"])
    text = pid_file.read_text()
    server.kill()
    foreign = subprocess.Popen(["sleep", "600"])
    try:
        lines = [str(foreign.pid), *text.splitlines()[1:]]
        pid_file.write_text("\n".join(lines) + "\n")
        (host / ".s.PGSQL.5432.lock").write_text("\n".join(lines[:5]) + "\n")
        assert server.pid() is None
        server.start()
        assert foreign.poll() is None
        assert value(server, "SELECT 1") == 1
    finally:
        foreign.kill()
        foreign.wait()


def test_stop_leaves_a_foreign_process_alone(embedded_server: Maker):
    server = embedded_server()
    server.stop()
    foreign = subprocess.Popen(["sleep", "600"])
    try:
        (server.cluster / "postmaster.pid").write_text(f"{foreign.pid}\n{server.cluster}\n")
        Server(server.data_dir).stop()
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path: Path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert not fits_a_socket(deep / "run")
    server = own_server.start(deep)
    host = Path(server.info()["host"])
    try:
        assert stat.S_IMODE(host.stat().st_mode) == 0o700
        assert value(Server(deep), "SELECT 1") == 1  # another command finds it
        server.kill()
        server.start()
        assert Path(server.info()["host"]) == host
    finally:
        server.stop()
    assert not host.exists()


def test_a_taken_short_folder_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    server = Server(tmp_path / ("d" * 60) / ("e" * 60))
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path)
    chosen = server._socket_folder(str(trap))
    assert chosen != trap
    chosen.rmdir()


def test_it_ends_when_its_starter_is_killed(folder: Path):
    code = (
        "import os, sys; from pathlib import Path; from obc_analytics.embedded import Server\n"
        "Server(Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT)
    server = Server(folder)
    assert wait_until(lambda: not server._processes(), 30)
    server.start()
    assert value(server, "SELECT 1") == 1
    server.stop()


def test_a_server_without_its_starter_is_replaced_by_one_of_ours(folder: Path):
    assert command("start", folder).wait(120) == 0
    server = Server(folder)
    orphan = server.pid()
    info = json.loads((folder / "postgres.json").read_text())
    (folder / "postgres.json").write_text(json.dumps({**info, "owner": "1 0"}))  # as if its starter had died
    server.start()
    assert server.process is not None
    assert server.pid() != orphan
    server.stop()


def test_a_half_made_cluster_is_made_anew(folder: Path):
    half = folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = own_server.start(folder)
    assert value(server, "SELECT 1") == 1
    assert not half.exists()


def test_a_lost_password_says_which_file_to_put_back(folder: Path):
    own_server.start(folder).stop()
    (folder / "postgres.json").unlink()
    with pytest.raises(EmbeddedError, match=r"postgres\.json back"):
        Server(folder).start()


def test_a_cluster_of_another_version_says_what_to_do(folder: Path):
    own_server.start(folder).stop()
    (folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 17"):
        Server(folder).start()


def test_a_server_that_refuses_to_start_shows_its_last_words(folder: Path):
    own_server.start(folder).stop()
    (folder / "postgres" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        Server(folder).start()


def test_stopping_it_twice_is_harmless(embedded_server: Maker):
    server = embedded_server()
    server.stop()
    server.stop()
    assert server.pid() is None


def test_an_operator_may_change_a_setting(embedded_server: Maker):
    server = embedded_server()
    write(server, "ALTER SYSTEM SET work_mem = '33MB'")
    server.stop()
    server.start()
    assert value(server, "SHOW work_mem") == "33MB"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root needs another user")
def test_root_uses_a_system_user_where_namespaces_are_forbidden(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres_user, "namespace_works", lambda: False)
    folder.parent.chmod(0o700)
    server = own_server.start(folder)
    pid = server.pid()
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid == server.cluster.stat().st_uid != 0
    assert value(server, "SELECT 1") == 1


@pytest.mark.parametrize(("total", "buffers"), [(2**30, "256MB"), (4 * 2**30, "1024MB"), (64 * 2**30, "1024MB")])
def test_shared_buffers_are_a_quarter_of_memory_and_a_gigabyte_at_most(
    total: int, buffers: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_conf, "memory", lambda: total)
    assert postgres_conf.settings()["shared_buffers"] == buffers
