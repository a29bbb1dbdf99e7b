"""`manage.py up`: everything, from nothing, with one command."""

from __future__ import annotations

import io
import json
import signal
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from obc_analytics import upstart
from obc_analytics.embedded import EmbeddedError
from obc_analytics.processes import end, spawn
from obc_analytics.supervisor import DRAIN, Child, Supervisor, worker_command

LONGEST_BOOT = 120.0  # seconds until the web process has to answer
SLOW_BOOT = 20.0
BANNER = """
OBC Analytics is ready.  {url}/

  Log in     {url}/login   as  {admin_user}  {password}
  Admin      {url}/admin/
  API        {url}/api/v1/analytics/docs/
  Write key  {write_key}
  Secret key {secret}
  Data       {data_dir}

Paste this into a page:

  <script async src="{url}/static/sdk/analytics.js" data-key="{write_key}"></script>

or send a first event from here:

  curl -X POST {url}/api/v1/analytics/events -H 'Authorization: Bearer {write_key}' \\
       -d '{{"event_name": "hello", "properties": {{"from": "curl"}}}}'

Ctrl-C stops it.
"""


class Command(BaseCommand):
    help = "Start everything: PostgreSQL (unless DATABASE_URL names one), the web server, the worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        upstart.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        start = upstart.begun
        if start is None:
            raise CommandError("run this as `python3 manage.py up`")
        supervisor = start.supervisor
        try:
            self.bring_up(supervisor, start, **options)
            supervisor.run()
        except upstart.Stop:
            self.stderr.write("Stopping …")
        finally:
            self.take_down(supervisor)
        self.stderr.write("Stopped.")

    def bring_up(self, supervisor: Supervisor, start: upstart.Start, **options: Any) -> None:
        try:
            start.database.result()
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        migrate()
        facts = {"url": upstart.url_of(start.host, start.port), **first_tenant()}
        wait_until_answered(supervisor, start.web, facts["url"])
        # last: until here there are two processes for two cores, and no job is due yet
        supervisor.add("worker", worker_command(upstart.ROOT), DRAIN)
        upstart.tell_ready(start.data_dir, facts)
        connection.close()
        if not options["json"]:
            self.stdout.write(banner(facts, start.data_dir))
        if options["demo"]:
            self.load_demo(supervisor)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        self.stdout.flush()

    def load_demo(self, supervisor: Supervisor) -> None:
        if "demo" not in get_commands():
            raise CommandError("this installation has no `demo` command")
        # a process of its own: the others are looked after meanwhile, and Ctrl-C ends it at once
        command = [sys.executable, str(upstart.ROOT / "manage.py"), "demo"]
        process = spawn(command, dies_with_us=signal.SIGKILL, stdout=sys.stderr, cwd=upstart.ROOT)
        try:
            while process.poll() is None:
                supervisor.look()
                time.sleep(0.2)
        finally:
            end(process, signal.SIGTERM, within=5)
        if process.returncode:
            self.stderr.write(f"The demo data set was not loaded (status {process.returncode}).")

    def take_down(self, supervisor: Supervisor) -> None:
        try:
            supervisor.stop()
        except upstart.Stop:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            supervisor.kill()


def migrate() -> None:
    """`migrate`, when there is something to do: without, it still takes a second.

    As the login from the first look on: a migration that was interrupted has granted nothing yet.
    """
    with connection.as_login():  # type: ignore[attr-defined]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


def first_tenant() -> dict[str, Any]:
    """tenant_id, write_key, admin_user; secret_key and admin_password when they were made just now."""
    said = io.StringIO()
    call_command("first_tenant", stdout=said)
    facts: dict[str, Any] = json.loads(said.getvalue())
    return facts


def wait_until_answered(supervisor: Supervisor, web: Child, url: str) -> None:
    """Until `/readyz` says yes; after 20 s `/healthz` will do, and readyz's reason is for the operator to read."""
    began = time.monotonic()
    while not answers(f"{url}/readyz"):
        waited = time.monotonic() - began
        if waited > SLOW_BOOT and answers(f"{url}/healthz"):
            return
        if waited > LONGEST_BOOT or web.deaths >= 3:
            raise CommandError(f"the web process does not answer at {url}; its messages are above")
        supervisor.look()
        time.sleep(0.05)


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by a proxy
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def banner(facts: dict[str, Any], data_dir: Path) -> str:
    return BANNER.format(
        **{name: facts[name] for name in ("url", "admin_user", "write_key")},
        data_dir=data_dir,
        password=facts.get("admin_password", "(the password of the first run; manage.py changepassword)"),
        secret=facts.get("secret_key", "(shown once; make another on the keys page)"),
    )
