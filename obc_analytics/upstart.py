"""The part of `up` that comes before Django: one `up` a data folder, its secrets, PostgreSQL and web on their way.

Standard library only, so that a second `up` answers at once; and the three, PostgreSQL, the web process and
this one, get ready at the same time: importing the code takes each of the two longer than all else.

    <data>/up.lock   held by the running `up`
    <data>/up.json   written when it is ready: pid, url, tenant_id, write_key, admin_user
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import signal
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obc_analytics import secrets_file
from obc_analytics.embedded import EmbeddedError, Server
from obc_analytics.processes import LockTaken, birth, is_alive, take, wait_until
from obc_analytics.supervisor import DRAIN, Child, Supervisor, web_command

ROOT = Path(__file__).resolve().parent.parent
READY = "up.json"
PUBLIC = ("url", "tenant_id", "write_key", "admin_user")  # what a later `up` tells of a running one


@dataclass
class Start:
    """What `begin` has under way, for the command."""

    data_dir: Path
    lock: int  # descriptor; given back by the end of the process
    host: str
    port: int
    supervisor: Supervisor
    web: Child
    database: Future[None]  # done when the server can be connected to
    thread: ThreadPoolExecutor  # where it was started; forgotten, it would end, and PostgreSQL with it


class Stop(KeyboardInterrupt):
    """Ctrl-C, SIGTERM or the terminal's end: stop everything, in order."""


begun: Start | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000; 0: any free one)")
    parser.add_argument("--data-dir", help="where everything is kept (OBC_DATA_DIR, else .data)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--demo", action="store_true", help="also load a realistic demo data set")


def begin(arguments: list[str]) -> None:
    """Take the data folder and start its PostgreSQL. Ends the process when another `up` has the folder."""
    global begun
    parser = argparse.ArgumentParser(prog="manage.py up", add_help=False)
    add_arguments(parser)
    options, _ = parser.parse_known_args(arguments)
    data_dir = Path(os.environ.setdefault("OBC_DATA_DIR", str(ROOT / ".data"))).expanduser().resolve()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = take(data_dir / "up.lock", wait=False)
        except LockTaken:
            sys.exit(tell_of_the_other(data_dir, options.json))
        (data_dir / READY).unlink(missing_ok=True)
        (data_dir / "static").mkdir(exist_ok=True)
        port = free_port(options.host, options.port)
        secrets_file.ensure(data_dir, "django_secret_key")
        server = None if os.environ.get("DATABASE_URL", "").strip() else Server(data_dir)
        if server is not None:
            server.prepare()
    except (EmbeddedError, OSError) as error:
        sys.exit(f"manage.py up: {error}")
    # one thread that lives as long as we do: the kernel ends PostgreSQL when the thread that began it ends
    thread = ThreadPoolExecutor(1, thread_name_prefix="postgres")
    database = thread.submit(server.start if server else lambda: None)
    supervisor = Supervisor(ROOT, server)
    web = supervisor.add("web", web_command(options.host, port), DRAIN)  # it imports its code meanwhile
    begun = Start(data_dir, lock, options.host, port, supervisor, web, database, thread)


def stop(number: int, frame: Any) -> None:
    raise Stop


def free_port(host: str, port: int) -> int:
    """The port, once nobody listens there; another free one for 0. OSError with advice otherwise."""
    deadline = time.monotonic() + 2  # a server that was killed a moment ago may still be going
    while True:
        try:
            with socket.create_server((host, port), family=family(host)) as listener:
                return int(listener.getsockname()[1])
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise OSError(f"can't listen on {host} port {port}: {error.strerror or error}") from None
            if time.monotonic() > deadline:
                raise OSError(f"port {port} on {host} is taken; choose another with --port") from None
            time.sleep(0.1)


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def url_of(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


# --- another `up` -----------------------------------------------------------------------------------


def tell_ready(data_dir: Path, facts: dict[str, Any]) -> None:
    own = {"pid": str(os.getpid()), "birth": birth(os.getpid())}
    secrets_file.write(data_dir, {**own, **{name: facts[name] for name in PUBLIC}}, READY)


def running(data_dir: Path) -> dict[str, str]:
    """What a live `up` of this folder said when it was ready; empty when there is none."""
    facts = secrets_file.read(data_dir, READY)
    pid = facts.pop("pid", "")
    same = pid.isdigit() and is_alive(int(pid)) and birth(int(pid)) == facts.pop("birth", "")
    return facts if same else {}


def tell_of_the_other(data_dir: Path, as_json: bool) -> int:
    """Print the URL of the `up` that has this folder, once it is ready. The exit status."""
    if not wait_until(lambda: bool(running(data_dir)), 120, every=0.1):
        print(f"manage.py up: another `up` holds {data_dir} and is not ready", file=sys.stderr)
        return 1
    facts = running(data_dir)
    print(json.dumps(facts) if as_json else f"OBC Analytics runs already: {facts['url']}  ({data_dir})", flush=True)
    return 0
