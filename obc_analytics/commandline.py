"""What happens between `manage.py` and Django: the data folder, and a head start for `up`."""

from __future__ import annotations

import os
import sys


def run(argv: list[str]) -> None:
    argv = take_data_dir(argv)
    try:
        if argv[1:2] == ["up"] and not {"-h", "--help"} & set(argv):
            from obc_analytics import upstart

            upstart.begin(argv[2:])  # PostgreSQL starts while Django is imported
        from django.core.management import execute_from_command_line

        execute_from_command_line(argv)
    except KeyboardInterrupt:
        sys.exit(130)


def take_data_dir(argv: list[str]) -> list[str]:
    """`--data-dir X` of any command becomes OBC_DATA_DIR, which settings and child processes read."""
    if argv[1:2] == ["test"]:  # its arguments are pytest's
        return argv
    kept, rest = [], iter(argv)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name != "--data-dir":
            kept.append(argument)
            continue
        value = value if equals else next(rest, "")
        if not value:
            sys.exit("manage.py: --data-dir needs a folder")
        os.environ["OBC_DATA_DIR"] = os.path.abspath(os.path.expanduser(value))
    return kept
