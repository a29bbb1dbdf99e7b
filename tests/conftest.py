"""What every test may use. Where the run's own PostgreSQL is, is settled by tests/settings.py, before all this."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from obc_analytics.embedded import Server
from tests import emptied, own_server, prepared, tools
from tests.live import LiveStack

_numbers = itertools.count(1)


# --- servers ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """The run's data folder; what lies below it is removed at the end of the run."""
    return Path(settings.DATA_DIR)


@pytest.fixture(scope="session")
def embedded_server(run_folder: Path) -> Callable[[], Server]:
    """Makes running PostgreSQL servers: `server = embedded_server()`, each in a data folder of its own.

    `server.url` is a URL for psycopg; `stop()`, `start()` and `kill()` do what they say.
    """

    def make() -> Server:
        data_dir = run_folder / f"server-{next(_numbers)}"
        prepared.copy_cluster_to(data_dir)
        return own_server.start(data_dir)

    return make


@pytest.fixture(scope="session")
def live_stack(run_folder: Path) -> Iterator[LiveStack]:
    """PostgreSQL, first tenant and web process as real processes (tests/live.py), shared by the whole run.

    A test that kills a part brings it back: `kill_web()`/`start_web()`, `stop_postgres()`/`start_postgres()`.
    """
    stack = LiveStack(run_folder / f"stack-{next(_numbers)}")
    yield stack
    stack.close()


@pytest.fixture
def make_live_stack(run_folder: Path) -> Iterator[Callable[..., LiveStack]]:
    """`make_live_stack(OBC_QUEUE_EVENTS="1000")`: a stack for one test, with its own settings."""
    made: list[LiveStack] = []

    def make(*, worker: bool = False, **environment: str) -> LiveStack:
        made.append(LiveStack(run_folder / f"stack-{next(_numbers)}", worker=worker, **environment))
        return made[-1]

    yield make
    for stack in made:
        stack.close()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test database is not dropped: its whole server is thrown away."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        emptied.begin()


# --- what is skipped, and who hears of it -----------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run what needs minutes")


def pytest_configure(config: pytest.Config) -> None:
    hands_out = bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")
    if not hands_out:  # who only hands tests out to other processes needs no database
        own_server.start(Path(settings.DATA_DIR))
    signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))


# files of few tests that take long each: begun first, so that no process ends long after the others
LONG = ("tests/platform/", "tests/faults/", "tests/isolation/", "tests/sdk/", "tests/browser/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not (item.nodeid.startswith(LONG) or item.get_closest_marker("browser")))
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))
        for marker in tools.MARKERS:
            if item.get_closest_marker(marker) and (lacking := tools.lacking(marker)):
                item.add_marker(pytest.mark.skip(reason=f"NOT TESTED HERE: {lacking}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what this machine could not test."""
    counts: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "NOT TESTED HERE" in reason:
            lacking = reason.partition("NOT TESTED HERE: ")[2]
            counts[lacking] = counts.get(lacking, 0) + 1
    if counts:
        terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
        for lacking, count in sorted(counts.items()):
            terminalreporter.line(f"{count} tests were skipped: {lacking}.", red=True, bold=True)
