"""manage.py worker: run background jobs until SIGTERM."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from obc_analytics import jobs, worker


class Command(BaseCommand):
    help = "Run background jobs (obc_analytics/jobs.py) until SIGTERM; comes back by itself when the database does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2, help="jobs at a time (2)")
        parser.add_argument("--list", action="store_true", help="print the jobs and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for job in jobs.JOBS:
                self.stdout.write(f"{job.run:48} {job.every:14} {job.why}")
            return
        asyncio.run(worker.run(options["concurrency"]))
