"""Background jobs: one table of what runs, how often, and why. `manage.py worker` runs it.

A job names its function by path, so that this table may stand below the apps it serves; the function takes
no argument, and running it twice does no harm: a worker that is killed leaves its job to be run again.
No job runs beside itself, but for the one that frees the locks of the dead: its own would never be freed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string
from procrastinate import App


@dataclass(frozen=True, slots=True)
class Job:
    """`every` is cron's five fields, in UTC; a sixth stands for seconds."""

    run: str
    every: str
    why: str
    alone: bool = True


JOBS = (
    # what                                            how often        why
    Job("obc_analytics.housekeeping.retry_stalled",   "* * * * *",     "a dead worker's job keeps a lock", alone=False),
    Job("obc_analytics.housekeeping.clear_jobs",      "17 * * * *",    "finished jobs are of no use after a day"),
    Job("obc_analytics.housekeeping.clear_sessions",  "23 3 * * *",    "sessions end by themselves, their rows do not"),
    Job("events.lifecycle.expiry.expire_quarantine",  "*/10 * * * *",  "quarantined events are kept for a time only"),
    Job("events.lifecycle.expiry.expire_reports",     "41 3 * * *",    "senders' counters say nothing after 90 days"),
    Job("tenants.links.expire",                       "47 3 * * *",    "links that ran out tell nobody anything"),
    Job("events.segments.maintenance.cut_tails",      "* * * * * */15", "questions read files faster than the tail"),
    Job("events.segments.maintenance.merge_files",    "*/10 * * * *",  "a question opens few files faster than many"),
    Job("events.segments.maintenance.clean_files",    "29 * * * *",    "replaced files are read no more after a grace"),
    Job("events.dictionary.growing.count_new",        "* * * * * 30",  "names are counted once, not when asked for"),
    Job("events.segments.maintenance.verify_files",   "53 2 * * *",    "a flipped byte raises no error on reading"),
)  # fmt: skip


def register(app: App) -> None:
    """Make a periodic task of every job; procrastinate calls this when it is set up."""
    for job in JOBS:
        lock = job.run if job.alone else None
        task = app.task(name=job.run, lock=lock, queueing_lock=job.run)(_runner(job.run))
        app.periodic(cron=job.every)(task)


def _runner(path: str) -> Callable[..., Any]:
    def run(timestamp: int) -> Any:  # when it was due; a job looks at the clock itself
        return import_string(path)()

    return run
