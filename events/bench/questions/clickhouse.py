"""A peer: chDB (ClickHouse in process) on a MergeTree table filled from the segments. Optional."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from events.bench import machine
from events.bench.questions.asked import ZONE, Asked, Numbers
from events.bench.questions.made import sql
from events.bench.stack import ROOT
from events.query.asking import Period

ABSENT = "chDB is NOT INSTALLED: no figures beside ClickHouse (uv pip install -r .requirements-bench.lock)."
COLUMNS = (
    "seq, ts, actor, event_name, event_category, event_id, distinct_id, device_id, session_id, correlation_id,"
    " batch_id, page_url, referrer, user_agent, device_info, properties"
)


def installed() -> bool:
    return importlib.util.find_spec("chdb") is not None


class ClickHouse:
    name = "chDB"

    def __init__(self, folder: Path, segments: Path, stamp: str) -> None:
        """`stamp`: the table is filled again when it is another one than before."""
        command = [sys.executable, "-m", "events.bench.questions.clickhouse_child", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid: int | None = self.process.pid
        self.version = self._read()["version"]
        filled = folder / "obc-stamp"
        if not filled.is_file() or filled.read_text() != stamp:
            self._fill(segments)
            filled.write_text(stamp)

    def _fill(self, segments: Path) -> None:
        for statement in filter(str.strip, sql("clickhouse_table").split(";")):
            self._send(statement)
        self._send(f"INSERT INTO bench.events SELECT {COLUMNS} FROM file('{segments}/*/*.parquet', Parquet)")
        self._send("OPTIMIZE TABLE bench.events FINAL")

    def ask(self, asked: Asked, period: Period) -> tuple[float, Numbers]:
        """Milliseconds, measured in its process, and the numbers."""
        moments = {"since": period.since, "until": period.until}
        values = {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in moments.items()}
        found = self._send(sql(f"clickhouse_{asked.name}"), zone=ZONE, **values)
        return found["ms"], sorted(tuple(map(_plain, row)) for row in found["rows"])

    def used(self) -> float:
        assert self.pid
        return machine.process_seconds(self.pid)

    def size(self) -> int:
        found = self._send("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'events' AND active")
        return int(found["rows"][0][0])

    def _send(self, statement: str, **values: str) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"sql": statement, "values": values}) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        found = json.loads(self.process.stdout.readline() or '{"error": "the process ended"}')
        if "error" in found:
            raise RuntimeError(f"chDB: {found['error']}")
        return found

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=60)


def _plain(value: Any) -> Any:
    """64-bit numbers may come as texts of digits."""
    return int(value) if isinstance(value, str) and value.isdigit() else value
