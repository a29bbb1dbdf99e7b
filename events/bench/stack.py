"""What is measured: a PostgreSQL and a web server of its own in a temporary folder, gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from obc_analytics import secrets_file
from obc_analytics.embedded import Server
from obc_analytics.processes import end, spawn

ROOT = Path(__file__).resolve().parents[2]
LONGEST_BOOT = 60.0  # seconds
EDGE = ("-m", "obc_analytics.edge", "--host")


@dataclass(slots=True)
class Stack:
    """A server to measure. Without `database` (somebody else's) rows and processor time stay unknown."""

    url: str
    write_key: str
    tenant_id: str = ""
    secret_key: str = ""
    session: str = ""  # cookie of a superuser
    web: int | None = None
    database: str = ""
    postmaster: int | None = None
    folder: Path | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    def connect(self) -> psycopg.Connection:
        """As the login: nothing narrows its view."""
        return psycopg.connect(self.database, autocommit=True)


@contextmanager
def temporary(parent: Path) -> Iterator[Stack]:
    """Database, schema, a tenant with keys, a web process: made below `parent`, removed at the end."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    server = Server(folder)
    try:
        server.start()
        secrets_file.ensure(folder, "django_secret_key")  # what signs the session is what reads it
        facts = json.loads(_python(folder, "-m", "events.bench.prepare"))
        with web_process(folder, *EDGE) as (url, pid):
            yield Stack(url, web=pid, database=server.url, postmaster=server.pid(), folder=folder, **facts)
    finally:
        server.stop(within=30)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def django_alone(stack: Stack) -> Iterator[Stack]:
    """The same application without the doors before it: every request goes through middleware and REST framework."""
    assert stack.folder is not None
    with web_process(stack.folder, "-m", "daphne", "obc_analytics.asgi:django_application", "-b") as (url, pid):
        yield replace(stack, url=url, web=pid)


@contextmanager
def another_web_process(stack: Stack) -> Iterator[Stack]:
    assert stack.folder is not None
    with web_process(stack.folder, *EDGE) as (url, pid):
        yield replace(stack, url=url, web=pid)


@contextmanager
def web_process(folder: Path, *module: str) -> Iterator[tuple[str, int]]:
    """URL and pid of a web server once it listens; its arguments end with the option that takes the address."""
    port = free_port()
    command = [sys.executable, *module, "127.0.0.1", "-p" if "daphne" in module else "--port", str(port)]
    with (folder / "web.log").open("ab") as log:
        process = spawn(command, dies_with_us=signal.SIGKILL, cwd=ROOT, env=environment(folder), stdout=log, stderr=log)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        end(process, signal.SIGTERM, within=15)


def environment(folder: Path) -> dict[str, str]:
    """Ours, pointed at the folder; a database or Redis of the caller's is none of this."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    own = {"DJANGO_SETTINGS_MODULE": "obc_analytics.settings", "OBC_DATA_DIR": str(folder), "OBC_LOG_LEVEL": "WARNING"}
    return {**kept, **own}


def _python(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, check=True
    )
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST_BOOT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the web process does not listen")
