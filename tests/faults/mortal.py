"""A process of ours that is killed (SIGKILL) at a chosen step of a piece of maintenance.

`python -m tests.faults.mortal` reads lines of JSON, `{"job", "step", "tenant"}`, runs each job in a fork of its own,
which kills itself at that step, and answers with the signal that ended it, 0 when the job came to its end. One
process for all of them: starting Django takes longer than any of the jobs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import psycopg

# the steps at which each job can be ended
WRITE = ("temporary written", "temporary synced", "renamed", "files written", "in the transaction", "committed")
STEPS = {
    "cut": ("rows copied", *WRITE),
    "backlog": ("rows copied", "renamed", "in the transaction", "committed"),
    "merge": WRITE,
    "rebuild": ("rows copied", "files written", "in the transaction", "committed"),
    "clean": ("one file deleted", "all files deleted"),
}


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(holder: Any, name: str, when: Callable[..., bool] = lambda *args, **options: True) -> None:
    _replace(holder, name, when, after=False)


def after(holder: Any, name: str, when: Callable[..., bool] = lambda *args, **options: True) -> None:
    _replace(holder, name, when, after=True)


def _replace(holder: Any, name: str, when: Callable[..., bool], *, after: bool) -> None:
    original = getattr(holder, name)

    def mortal(*args: Any, **options: Any) -> Any:
        now = when(*args, **options)
        if now and not after:
            die()
        result = original(*args, **options)
        if now:
            die()
        return result

    setattr(holder, name, mortal)


def arm(step: str) -> None:
    """Put death at the step."""
    from events.models import Segment
    from events.segments import files, manifest, slices

    match step:
        case "rows copied":
            after(slices, "copy_rows")
        case "temporary written":
            before(files, "measure")
        case "temporary synced":
            after(files, "_sync", lambda path: path.suffix == ".tmp")
        case "renamed":
            before(files, "_sync", lambda path: path.is_dir() and any(path.glob("*.parquet")))
        case "files written":
            after(files, "write")
        case "in the transaction":
            commit = manifest.commit

            def dying(*args: Any, **options: Any) -> None:
                psycopg.Connection.transaction = _never_committed(psycopg.Connection.transaction)  # type: ignore
                commit(*args, **options)

            manifest.commit = dying
        case "committed":
            after(manifest, "commit")
        case "one file deleted":
            after(Path, "unlink")
        case "all files deleted":
            before(Segment.objects.none().__class__, "delete")


def _never_committed(transaction: Callable[..., Any]) -> Callable[..., Any]:
    @contextmanager
    def mortal(connection: Any, *args: Any, **options: Any) -> Iterator[Any]:
        with transaction(connection, *args, **options) as begun:
            yield begun
            die()

    return mortal


def work(job: str, tenant_id: uuid.UUID) -> None:
    from datetime import timedelta

    from events.segments import clean, cut, merge, rebuild, slices

    if job == "backlog":
        slices.MAX_ROWS = 3
    clean.GRACE = clean.ORPHAN_AGE = timedelta(0)
    merge.AT_LEAST = 2
    {"cut": cut.cut, "backlog": cut.cut, "merge": merge.merge, "rebuild": rebuild.rebuild, "clean": clean.clean}[job](
        tenant_id
    )


def main() -> None:
    django.setup()
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            continue
        try:
            arm(asked["step"])
            work(asked["job"], uuid.UUID(asked["tenant"]))
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)


if __name__ == "__main__":
    main()
