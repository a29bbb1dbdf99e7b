"""Real processes for tests: a PostgreSQL and a web process of their own, to be killed and stopped at will."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from obc_analytics.processes import end, spawn
from tests import own_server, prepared
from tests.prepared import ROOT as ROOT

BOOT_SECONDS = 60.0


class LiveStack:
    """PostgreSQL, migrated, with a first tenant and a web process on a free port.

    `url` (http://127.0.0.1:port), `ws_url`, `data_dir`, `tenant_id`, `write_key`, `secret_key`, `admin_user`,
    `admin_password`; `pids` (name → pid). Extra environment (OBC_…) may be given. `worker=True` adds the
    job worker. Everything dies with the test run, and by `close()` before.
    """

    def __init__(self, data_dir: Path, *, worker: bool = False, **environment: str) -> None:
        self.data_dir = data_dir
        self.environment = own_server.clean_environment(OBC_DATA_DIR=str(data_dir), **environment)
        facts = prepared.copy_to(data_dir)
        self.server = own_server.start(data_dir)
        self.tenant_id: str = facts["tenant_id"]
        self.slug: str = facts["slug"]
        self.write_key: str = facts["write_key"]
        self.secret_key: str = facts["secret_key"]
        self.admin_user: str = facts["admin_user"]
        self.admin_password: str = facts["admin_password"]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.start_web()
        if worker:
            self.start_worker()

    # --- commands and connections ---------------------------------------------------------------

    def manage(self, *arguments: str) -> str:
        """What `manage.py …` prints on this stack's database. AssertionError with its messages if it fails."""
        return prepared.manage(self.environment, *arguments)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection as the login, which sees every tenant's rows; autocommit."""
        return psycopg.connect(self.server.url, autocommit=True)

    def request(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        """(status, decoded JSON or text). `body` is sent as JSON, or as it is when it is bytes."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def send(self, *events: Any) -> tuple[int, Any]:
        """A batch with the write key."""
        return self.request("POST", "/api/v1/analytics/batch", {"events": list(events)}, self.write_key)

    @property
    def pids(self) -> dict[str, int]:
        found = {"web": self.web, "worker": self.worker}
        pids = {name: process.pid for name, process in found.items() if process is not None}
        postgres = self.server.pid()
        return {**pids, "postgres": postgres} if postgres else pids

    # --- the web process and the worker ---------------------------------------------------------

    def start_web(self) -> None:
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.web = self._spawn("web", [sys.executable, "-m", "obc_analytics.edge", *address])
        self.wait_until_ready()

    def kill_web(self) -> None:
        """kill -9, as a crash would."""
        self._end("web", signal.SIGKILL)

    def stop_web(self) -> int:
        """SIGTERM: drain and go. Its exit status."""
        process = self.web
        self._end("web", signal.SIGTERM)
        return process.returncode if process else 0

    def restart_web(self) -> None:
        self.kill_web()
        self.start_web()

    def start_worker(self) -> None:
        self.worker = self._spawn("worker", [sys.executable, str(ROOT / "manage.py"), "worker"])

    def wait_until_ready(self, path: str = "/healthz") -> None:
        wait_for(lambda: self._answers(path), f"the web process to answer {path}; its messages:", self.messages)

    def messages(self, name: str = "web") -> str:
        """The end of what a process wrote."""
        return "\n".join((self.data_dir / f"{name}.log").read_text(errors="replace").splitlines()[-30:])

    # --- the database ---------------------------------------------------------------------------

    def stop_postgres(self) -> None:
        self.server.stop()

    def kill_postgres(self) -> None:
        """kill -9 of all its processes, as a power cut would end them."""
        self.server.kill()

    def start_postgres(self) -> None:
        self.server.start()

    def close(self) -> None:
        self._end("web", signal.SIGKILL)
        self._end("worker", signal.SIGKILL)
        self.server.kill()

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with open(self.data_dir / f"{name}.log", "ab") as log:
            return spawn(
                command,
                dies_with_us=signal.SIGKILL,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _end(self, name: str, number: signal.Signals) -> None:
        process = getattr(self, name)
        setattr(self, name, None)
        if process is not None:
            end(process, number, within=20)

    def _answers(self, path: str) -> bool:
        assert self.web is not None and self.web.poll() is None, f"the web process ended:\n{self.messages()}"
        try:
            return self.request("GET", path)[0] == 200
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(
    condition: Callable[[], Any], what: str, also: Callable[[], str] = str, seconds: float = BOOT_SECONDS
) -> Any:
    """The condition's value once it is true; AssertionError when it takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what} {also()}"
        time.sleep(0.03)
    return value
