"""Pages: the server's time without their questions, the overview complete, how much travels, what a browser draws."""

from __future__ import annotations

import gzip
import http.client
import re
import subprocess
import sys
import time

from events.bench.cases import drawn
from events.bench.cases.context import Bench
from events.bench.cases.read import fill
from events.bench.figures import Row, Table, percentile
from events.bench.stack import ROOT, Stack, environment

TIMES = 20
FRAMES = ("overview/", "insights/", "boards/", "events/", "quality/errors/", "data/delivery/", "install/")
ASSET = re.compile(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"')
IMPORT = re.compile(r"""(?:from|import)\s*\(?['"](\./[^'"]+)['"]""")


def run(bench: Bench) -> list[Table]:
    stack = bench.stack
    seconds = fill(stack, bench.rows, bench.say)
    bench.say("cutting segments …")
    cut(stack)
    slug = slug_of(stack)
    frames = [frame(stack, f"/t/{slug}/{path}") for path in FRAMES]
    return [
        Table("Pages without their questions", frames, ["events/ lists rows by itself: its figure holds the listing."]),
        Table(
            f"Overview complete, {bench.rows:,} events",
            [complete(stack, slug)],
            [f"Filled in {seconds:.0f} s. First: nothing cached; again: the result cache answers."],
        ),
        drawn.table(stack, slug, bench.rows),
    ]


def frame(stack: Stack, path: str) -> Row:
    """Times of the page itself, and its weight with all that it loads, ECharts apart."""
    taken = []
    for _ in range(TIMES):
        milliseconds, status, body = get(stack, path)
        taken.append(milliseconds)
    page, echarts = weight(stack, body)
    return {
        "page": path,
        "status": status,
        "p50 ms (goal 80)": percentile(taken, 0.5),
        "p99 ms": percentile(taken[1:], 0.99),
        "KB gzip (goal 60)": page / 1000,
        "ECharts KB gzip (goal 250)": echarts / 1000,
    }


def complete(stack: Stack, slug: str) -> Row:
    frame_ms, _, _ = get(stack, f"/t/{slug}/overview/")
    first, status, _ = get(stack, f"/t/{slug}/overview/panels?range=90d")
    again, _, _ = get(stack, f"/t/{slug}/overview/panels?range=90d")
    week, _, _ = get(stack, f"/t/{slug}/overview/panels")
    return {
        "status": status,
        "goal s": 1.0,
        "90d, first s": (frame_ms + first) / 1000,
        "again s": (frame_ms + again) / 1000,
        "7d, first s": (frame_ms + week) / 1000,
    }


def weight(stack: Stack, body: bytes) -> tuple[int, int]:
    """Bytes, compressed, of the page and of the scripts and styles it loads; and those of ECharts."""
    text = body.decode()
    waiting, seen, total, echarts = ASSET.findall(text), set(), len(gzip.compress(body)), 0
    if "js/chart.js" in text and (found := re.search(r'name="echarts" content="([^"]+)"', text)):
        echarts = len(gzip.compress(get(stack, found[1])[2], 9))
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        content = get(stack, path)[2]
        total += len(gzip.compress(content, 9))
        folder = path.rpartition("/")[0]
        if path.endswith(".js"):
            waiting += [f"{folder}/{name[2:]}" for name in IMPORT.findall(content.decode())]
    return total, echarts


def get(stack: Stack, path: str) -> tuple[float, int, bytes]:
    """(milliseconds, status, body) as the signed-in administrator."""
    connection = http.client.HTTPConnection(stack.host, stack.port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": f"sessionid={stack.session}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return (time.perf_counter() - began) * 1000, answer.status, body


def cut(stack: Stack) -> None:
    """The rows as segments, as the worker would have made them meanwhile."""
    assert stack.folder is not None
    command = [sys.executable, str(ROOT / "manage.py"), "segments", "cut"]
    subprocess.run(command, cwd=ROOT, env=environment(stack.folder), stdout=subprocess.DEVNULL, check=True)


def slug_of(stack: Stack) -> str:
    with stack.connect() as connection:
        row = connection.execute("SELECT slug FROM tenants_tenant WHERE id = %s", [stack.tenant_id]).fetchone()
    assert row is not None, "the tenant that was just made"
    return str(row[0])
