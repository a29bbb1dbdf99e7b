"""`manage.py test [what pytest takes]`: the whole suite, on an embedded server of its own."""

from __future__ import annotations

import os
import sys

from django.core.management.base import BaseCommand

from obc_analytics.upstart import ROOT


class Command(BaseCommand):
    help = "Run the tests; arguments are pytest's. See tests/own_server.py for their database."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """pytest takes this process's place: its arguments, its signals and its exit status are untouched."""
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # pyproject.toml names the tests' own
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a hundred child processes would each compile the project
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *spread(argv[2:]), *argv[2:]])


def spread(arguments: list[str]) -> list[str]:
    """Options that share the whole suite between processes, each with a server of its own; a part runs in one.

    Files are begun in the order of tests/conftest.py, long ones first: by the number of their tests, as xdist would
    have it, the long browser files came last, and one process waited for the other.
    """
    chooses = any(not argument.startswith("--slow") for argument in arguments)
    processes = str(min(os.cpu_count() or 1, 4))
    return [] if chooses else ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]
