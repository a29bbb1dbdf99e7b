"""What many tests begin with, made once a run and copied: a cluster as initdb leaves it, with its database, and a data
folder as `migrate` and `first_tenant` leave it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from obc_analytics.processes import locked
from tests import own_server

ROOT = Path(__file__).resolve().parent.parent
FACTS, WHOLE = "first_tenant.json", "whole"


def copy_to(data_dir: Path) -> dict[str, str]:
    """Fill the folder; what `first_tenant` printed. Its server does not run yet."""
    copy(made("migrated", FACTS, migrate), data_dir)
    return json.loads((data_dir / FACTS).read_text())


def copy_cluster_to(data_dir: Path) -> None:
    copy(made("cluster", WHOLE, start_and_stop), data_dir)


def made(name: str, last: str, make: Callable[[Path], None]) -> Path:
    """That folder, made by the first process that asks; without the file `last` it is not whole."""
    folder = own_server.shared_folder() / name
    with locked(folder.with_suffix(".lock")):
        if not (folder / last).exists():
            make(folder)
    return folder


def copy(folder: Path, data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{folder}/.", str(data_dir)], check=True)  # keeps who owns the cluster


def start_and_stop(folder: Path) -> None:
    own_server.start(folder).stop()
    (folder / WHOLE).touch()


def migrate(folder: Path) -> None:
    copy_cluster_to(folder)
    server = own_server.start(folder)
    environment = own_server.clean_environment(OBC_DATA_DIR=str(folder))
    manage(environment, "migrate", "--verbosity", "0")
    facts = manage(environment, "first_tenant")
    server.stop()
    (folder / FACTS).write_text(facts)


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What `manage.py …` prints. AssertionError with its messages if it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
