"""One file a question. A case is `run(bench) -> list[Table]`; adding one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from events.bench.cases import cpu, http, pages, peers, query, read, sockets, up
from events.bench.cases.context import Bench
from events.bench.figures import Table


@dataclass(frozen=True, slots=True)
class Case:
    run: Callable[[Bench], list[Table]]
    about: str
    group: str = ""  # `bench ingest` runs all of its group
    anywhere: bool = False  # also against a server given by --url
    alone: bool = False  # brings what it measures: no server is started for it


CASES: dict[str, Case] = {
    "cpu": Case(cpu.run, "Python's processor time for one batched event", "ingest"),
    "batches": Case(http.batches, "batches of 100 over HTTP from 8 clients", "ingest", anywhere=True),
    "singles": Case(http.singles, "single events over HTTP", "ingest", anywhere=True),
    "sockets": Case(sockets.frames, "100 WebSockets, 20 events a frame and one", "ingest", anywhere=True),
    "open": Case(sockets.open_loop, "1,000 single events a second over WebSockets", "ingest", anywhere=True),
    "idle": Case(sockets.idle, "2,000 idle WebSockets", "ingest"),
    "peers": Case(peers.run, "the same events by simpler ways, and raw COPY", "ingest"),
    "read": Case(read.run, "rows and admin list with --rows events"),
    "query": Case(query.run, "questions over --events events, beside PostgreSQL and ClickHouse", alone=True),
    "pages": Case(pages.run, "pages' server time and weight, the overview over --rows events"),
    "up": Case(up.run, "from `up` to the first accepted event"),
}


def chosen(names: list[str]) -> list[str]:
    """Names of cases and groups as a list of cases, in CASES' order. KeyError names an unknown one."""
    unknown = set(names) - set(CASES) - {case.group for case in CASES.values()} - {"all"}
    if unknown or "" in names:
        raise KeyError(", ".join(sorted(unknown)))
    return [name for name, case in CASES.items() if "all" in names or name in names or case.group in names]
