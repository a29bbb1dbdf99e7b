"""Questions over many events, beside PostgreSQL and ClickHouse: events/bench/questions, on a database of its own.

The folder is kept: making ten million events takes minutes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from events.bench.cases.context import Bench
from events.bench.figures import Table
from events.bench.questions import made
from events.bench.stack import ROOT, environment
from obc_analytics import secrets_file
from obc_analytics.embedded import Server


def run(bench: Bench) -> list[Table]:
    folder = Path(settings.DATA_DIR) / "bench" / f"query-{bench.events}"
    if not made.stamp_of(folder):
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = Server(folder)
    server.start()
    try:
        secrets_file.ensure(folder, "django_secret_key")
        wanted = {"events": bench.events, "tenants": bench.tenants, "postmaster": server.pid()}
        done = subprocess.run(
            [sys.executable, "-m", "events.bench.questions", json.dumps(wanted)],
            cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        server.stop(within=60)
    return [Table(**table) for table in json.loads(done.stdout.splitlines()[-1])]
