"""The processes of `up`: started, started again when they die, stopped in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from obc_analytics.embedded import EmbeddedError, Server
from obc_analytics.processes import end, spawn

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead process is started again; doubles
GOOD_LIFE = 60.0  # seconds after which a process counts as healthy again
POLL = 0.2


DRAIN = 12.0  # the web process drains for at most 10 s


def web_command(host: str, port: int) -> list[str]:
    return [sys.executable, "-m", "obc_analytics.edge", "--host", host, "--port", str(port)]


def worker_command(root: Path) -> list[str]:
    return [sys.executable, str(root / "manage.py"), "worker"]


@dataclass
class Child:
    name: str
    command: list[str]
    grace: float  # seconds between SIGTERM and SIGKILL
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    began: float = 0.0
    due: float = 0.0  # when to start it (again); monotonic
    deaths: int = 0

    def start(self, root: Path) -> None:
        """SIGKILL if we are killed: nothing of ours may hold the port when the next `up` comes.

        What was acked is committed, so a killed web process loses nothing.
        """
        self.process = spawn(
            self.command,
            dies_with_us=signal.SIGKILL,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # ours is for what `up` prints
            cwd=root,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.began = time.monotonic()

    def note_death(self, status: int) -> None:
        now = time.monotonic()
        if now - self.began > GOOD_LIFE:
            self.pause = FIRST_PAUSE
        self.process, self.due = None, now + self.pause
        self.deaths += 1
        logger.warning("%s ended with status %s; again in %.1f s", self.name, status, self.pause)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


class Supervisor:
    """Call it from one thread that lives as long as the process (see `spawn`)."""

    def __init__(self, root: Path, server: Server | None) -> None:
        self.root = root
        self.server = server
        self.children: list[Child] = []

    def add(self, name: str, command: list[str], grace: float) -> Child:
        child = Child(name, command, grace)
        self.children.append(child)
        child.start(self.root)
        return child

    def run(self) -> None:
        """Look after the children until a signal's exception ends this."""
        while True:
            self.look()
            time.sleep(POLL)

    def look(self) -> None:
        """Note who died and start again whoever is due."""
        self._look_at_database()
        for child in self.children:
            if child.process is not None and (status := child.process.poll()) is not None:
                child.note_death(status)
            if child.process is None and time.monotonic() >= child.due:
                child.start(self.root)

    def _look_at_database(self) -> None:
        # without a process of ours it is somebody else's: found running, or named by DATABASE_URL
        if self.server is None or self.server.process is None or self.server.process.poll() is None:
            return
        logger.warning("PostgreSQL ended with status %s; starting it again", self.server.process.returncode)
        try:
            self.server.start()
        except EmbeddedError as error:
            logger.error("%s", error)
            time.sleep(FIRST_PAUSE)

    def stop(self) -> None:
        """Doors first, so that what is in flight is acked; then jobs; then the database."""
        for child in self.children:
            if child.process is not None:
                end(child.process, signal.SIGTERM, within=child.grace)
        self._stop_database(within=60)

    def kill(self) -> None:
        """For the impatient: a second Ctrl-C."""
        for child in self.children:
            if child.process is not None:
                child.process.kill()
        self._stop_database(within=5)

    def _stop_database(self, within: float) -> None:
        if self.server is not None and self.server.process is not None:
            self.server.stop(within=within)
