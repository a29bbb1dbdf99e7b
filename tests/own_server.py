"""The PostgreSQL of one test run: in a folder of its own below the temporary one, gone afterwards.

Its address is settled before Django's settings are read (tests/settings.py), so that plain `pytest` and
`python3 manage.py test` are the same. A run that was killed leaves a folder; the next run removes it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from obc_analytics.embedded import Server
from obc_analytics.processes import is_alive

PREFIX = "obc-test-"
OURS = ("OBC_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")  # what would lead elsewhere
_servers: list[Server] = []
_shared: list[Path] = []


def clean_environment(**more: str) -> dict[str, str]:
    """The environment for a command of ours in a test: nothing of the developer's settings is in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **more}


def begin() -> Path:
    """The run's data folder, which OBC_DATA_DIR names; its server is known, and runs after `start()`."""
    remove_left_over_folders()
    data_dir = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")).resolve()
    whole = os.environ.get("OBC_DATA_DIR") if "PYTEST_XDIST_WORKER" in os.environ else None
    _shared[:] = [Path(whole) if whole else data_dir]
    for name in [name for name in os.environ if name.startswith(OURS) and name != "DJANGO_SETTINGS_MODULE"]:
        del os.environ[name]
    os.environ["OBC_DATA_DIR"] = str(data_dir)
    atexit.register(end, data_dir, os.getpid())
    Server(data_dir).prepare()
    return data_dir


def shared_folder() -> Path:
    """The data folder of the process that began the run; others that share its tests have each one of their own."""
    return _shared[0]


def start(data_dir: Path) -> Server:
    """A server that is killed when the run ends, if its test has not stopped it."""
    server = Server(data_dir)
    _servers.append(server)
    server.start()
    return server


def end(data_dir: Path, pid: int) -> None:
    if os.getpid() != pid:  # a forked child
        return
    for server in _servers:
        server.kill()
    shutil.rmtree(data_dir, ignore_errors=True)


def remove_left_over_folders() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not is_alive(int(pid)):
            with suppress(FileNotFoundError):  # another run of tests removes it, too
                _remove(folder)


def _remove(folder: Path) -> None:
    if folder.stat().st_uid == os.geteuid():
        for cluster in folder.rglob("postgres.json"):
            Server(cluster.parent).kill()
        shutil.rmtree(folder, ignore_errors=True)
