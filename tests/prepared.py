"""A data folder as `migrate` and `first_tenant` leave it: made once a run, copied for each stack that begins anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from obc_analytics.processes import locked
from tests import own_server

ROOT = Path(__file__).resolve().parent.parent
FACTS = "first_tenant.json"


def copy_to(data_dir: Path) -> dict[str, str]:
    """Fill the folder; what `first_tenant` printed. Its server does not run yet."""
    folder = own_server.shared_folder() / "prepared"
    with locked(folder.with_suffix(".lock")):
        if not (folder / FACTS).exists():
            make(folder)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{folder}/.", str(data_dir)], check=True)  # keeps who owns the cluster
    return json.loads((data_dir / FACTS).read_text())


def make(folder: Path) -> None:
    server = own_server.start(folder)
    environment = own_server.clean_environment(OBC_DATA_DIR=str(folder))
    manage(environment, "migrate", "--verbosity", "0")
    facts = manage(environment, "first_tenant")
    server.stop()
    (folder / FACTS).write_text(facts)  # last: a folder without it is not whole


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What `manage.py …` prints. AssertionError with its messages if it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
