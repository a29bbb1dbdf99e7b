#!/usr/bin/env python3
"""Every command of OBC Analytics: `python3 manage.py up`, `python3 manage.py test`, `… help`.

Needs CPython 3.11 or later and nothing else: what is missing is installed into .venv.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036  (said before anything newer is imported)
    sys.exit("manage.py: Python 3.11 or later is needed, this is " + sys.version.split()[0])

from pathlib import Path

from obc_analytics import bootstrap, commandline


def main():
    root = Path(__file__).resolve().parent
    bootstrap.use_locked_packages(root, sys.argv)
    os.environ["DJANGO_SETTINGS_MODULE"] = "obc_analytics.settings"
    commandline.run(sys.argv)


if __name__ == "__main__":
    main()
