"""From `manage.py up` to the first accepted event: in an empty folder, and in one that was used before."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from events.bench.cases.context import Bench
from events.bench.cases.http import EVENTS
from events.bench.figures import Row, Table
from events.bench.stack import ROOT, environment
from obc_analytics.processes import end, spawn

PATIENCE = 120.0


def run(bench: Bench) -> list[Table]:
    assert bench.stack.folder is not None
    folder = Path(tempfile.mkdtemp(prefix="up-", dir=bench.stack.folder))
    try:
        rows = [once(folder, "an empty folder", ""), *[once(folder, "a used folder", "≤ 10 s") for _ in range(2)]]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [Table("`manage.py up` to the first accepted event, dependencies installed", rows)]


def once(folder: Path, name: str, goal: str) -> Row:
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", "0", "--json"]
    began = time.perf_counter()
    with (folder / "up.log").open("ab") as log:
        process = spawn(
            command, dies_with_us=signal.SIGTERM, cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout
        facts = json.loads(process.stdout.readline() or "{}")
        if not facts:
            return {"case": name, "goal": goal, "seconds": None, "note": "it did not start"}
        accepted = first_accepted(facts["url"], facts["write_key"])
        return {"case": name, "goal": goal, "seconds": time.perf_counter() - began, "note": accepted}
    finally:
        end(process, signal.SIGTERM, within=40)


def first_accepted(url: str, key: str) -> str:
    """Send an event until it is taken; how that went."""
    parts = urlsplit(url)
    deadline = time.monotonic() + PATIENCE
    status = 0
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", EVENTS, b'{"event_name":"first"}', {"Authorization": f"Bearer {key}"})
            status = connection.getresponse().status
        except OSError:
            pass
        finally:
            connection.close()
        if status == 201:
            return "201"
        time.sleep(0.02)
    return f"status {status}"
