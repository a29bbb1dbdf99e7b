"""Children, one a statement; the next one starts while nobody waits for it.

One works at a time, since a statement may take the memory and both cores. It holds no place of the engine meanwhile:
people's SQL waits for people's SQL only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb

from events import metrics
from events.query.engine import Ticket
from events.query.places import Places

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-I", "-S", str(HERE / "child.py"), str(Path(duckdb.__file__).parents[1]), str(HERE)]
WAIT_S = 8.0
LOOK_EVERY_S = 0.02
MOST_BYTES = 16 * 2**20  # of an answer; the child stops before

places = Places(1, "Another SQL statement is running; ask again.")
_spare: subprocess.Popen[bytes] | None = None
_lock = threading.Lock()


def ask(job: dict[str, Any], ticket: Ticket, seconds: float) -> dict[str, Any]:
    """What a child answers within `seconds` of its start. Raises Overloaded, TooSlow and Cancelled; the child is
    gone in every case."""
    place = places.take(WAIT_S, ticket.check)
    try:
        ticket.deadline = time.monotonic() + seconds
        child = _take()
        try:
            with metrics.SQL_RUNNING.track_inprogress():
                return _answer(child, json.dumps(job).encode() + b"\n", ticket)
        finally:
            _end(child)
    finally:
        place.leave()
        prepare_soon()


def prepare_soon() -> None:
    """Beside the caller, who need not wait for it."""
    threading.Thread(target=prepare, daemon=True).start()


def prepare() -> None:
    """Have a child ready that has loaded the engine."""
    global _spare
    with _lock:
        if _spare is None or _spare.poll() is not None:
            _spare = _start()


def _take() -> subprocess.Popen[bytes]:
    global _spare
    with _lock:
        child, _spare = _spare, None
    return child if child is not None and child.poll() is None else _start()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    )


def _answer(child: subprocess.Popen[bytes], job: bytes, ticket: Ticket) -> dict[str, Any]:
    parts: list[bytes] = []
    reader = threading.Thread(target=_talk, args=(child, job, parts), daemon=True)
    reader.start()
    while reader.is_alive():
        ticket.check()
        reader.join(LOOK_EVERY_S)
    try:
        return dict(json.loads(parts[0]))
    except (IndexError, ValueError):  # it was ended by a bound of its own
        return {"error": "The statement needs too much memory: narrow it.", "kind": "memory"}


def _talk(child: subprocess.Popen[bytes], job: bytes, parts: list[bytes]) -> None:
    assert child.stdin and child.stdout
    try:
        child.stdin.write(job)
        child.stdin.flush()
        parts.append(child.stdout.read(MOST_BYTES))
    except (OSError, ValueError):  # it ended, or was ended
        pass


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            try:
                pipe.close()
            except OSError:
                pass
