"""`manage.py bench`: how fast this machine takes events in and reads them, as tables."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.bench import machine, stack
from events.bench.cases import CASES, chosen
from events.bench.cases.context import Bench
from events.bench.figures import Table
from events.bench.stack import Stack


class Command(BaseCommand):
    help = "Measure on a PostgreSQL and a web server of its own, in a temporary folder: " + "; ".join(
        f"{name}: {case.about}" for name, case in CASES.items()
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", default=["ingest"], help="cases; `ingest` (default) and `all` are groups"
        )
        parser.add_argument("--seconds", type=float, default=60.0, help="of the main load; others take less (60)")
        parser.add_argument("--rows", type=int, default=5_000_000, help="of `read` (5,000,000)")
        parser.add_argument("--sockets", type=int, default=2_000, help="of `idle` (2,000)")
        parser.add_argument("--events", type=int, default=1_000_000, help="of `query` (1,000,000); kept between runs")
        parser.add_argument("--tenants", type=int, default=100, help="of `query`, small ones beside (100)")
        parser.add_argument("--url", default="", help="measure this server instead; needs --write-key")
        parser.add_argument("--write-key", default="")
        parser.add_argument("--json", action="store_true", help="one object instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        names = self.names_of(options)
        given = Stack(options["url"].rstrip("/"), options["write_key"]) if options["url"] else None
        tables: list[Table] = []
        with self.target(given, names) as target:
            bench = Bench(
                target, options["seconds"], options["rows"], options["sockets"], options["events"], options["tenants"],
                self.say,
            )  # fmt: skip
            for name in names:
                self.say(f"{name}: {CASES[name].about} …")
                tables += CASES[name].run(bench)
        self.show(tables, options["json"])

    def target(self, given: Stack | None, names: list[str]) -> AbstractContextManager[Stack]:
        if given or all(CASES[name].alone for name in names):
            return nullcontext(given or Stack("", ""))
        return stack.temporary(folder())

    def names_of(self, options: dict[str, Any]) -> list[str]:
        try:
            names = chosen(options["names"])
        except KeyError as error:
            raise CommandError(f"no such case: {error.args[0]}; there are {', '.join(CASES)}, ingest, all") from None
        if not options["url"]:
            return names
        if not options["write_key"]:
            raise CommandError("--url needs --write-key")
        return [name for name in names if CASES[name].anywhere]

    def say(self, text: str) -> None:
        self.stderr.write(text, lambda plain: plain)

    def show(self, tables: list[Table], as_json: bool) -> None:
        kind = {**machine.kind(), "command": shlex.join(["manage.py", *sys.argv[1:]])}
        if as_json:
            found = [{"title": table.title, "rows": table.rows, "notes": table.notes} for table in tables]
            self.stdout.write(json.dumps({"machine": kind, "tables": found}, ensure_ascii=False))
            return
        self.stdout.write("\n" + " · ".join(f"{name}: {value}" for name, value in kind.items()) + "\n")
        for table in tables:
            self.stdout.write(table.render() + "\n")


def folder() -> Path:
    """Below the data folder: on the disk that would hold the data, for what a commit costs there."""
    return Path(settings.DATA_DIR)
