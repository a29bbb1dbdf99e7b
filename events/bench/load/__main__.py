"""`python -m events.bench.load '<JSON>'`: one load, then one line of JSON with what was counted.

{"kind": "http" | "sockets" | "open" | "idle", "host", "port", "key", "clients", "events", "seconds", …}
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from typing import Any

from events.bench.load import bodies, http, sockets
from events.bench.load.bodies import Bodies
from events.bench.load.tally import Tally


async def run(wanted: dict[str, Any]) -> Tally:
    at = (wanted["host"], wanted["port"])
    key, clients, events, seconds = (wanted[name] for name in ("key", "clients", "events", "seconds"))
    match wanted["kind"]:
        case "http":
            encode = bodies.as_batch if wanted["path"].endswith("batch") else bodies.as_single
            return await http.run(*at, wanted["path"], key, Bodies(encode, events), clients, seconds)
        case "sockets":
            return await sockets.closed_loop(*at, key, frames(events), clients, seconds, wanted["window"])
        case "open":
            return await sockets.open_loop(*at, key, frames(events), clients, seconds, wanted["rate"])
        case "idle":
            return await idle(*at, key, clients)
    raise SystemExit(f"unknown kind {wanted['kind']!r}")


def frames(events: int) -> Bodies:
    return Bodies(bodies.as_batch_frame if events > 1 else bodies.as_event_frame, events)


async def idle(host: str, port: int, key: str, count: int) -> Tally:
    """Open the sockets, say so, and hold them until our standard input ends."""
    tally = Tally()
    opened = await sockets.connect(host, port, key, count, tally)
    tally.answers = len(opened)
    print(len(opened), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return tally


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(asyncio.run(run(json.loads(sys.argv[1]))).as_json())
