"""Secrets that an installation makes for itself, in `<data folder>/secrets.json` (mode 0600)."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote

NAME = "secrets.json"
EMBEDDED = "postgres.json"  # written by embedded.py: where the folder's own server listens


def read(data_dir: Path, name: str = NAME) -> dict[str, str]:
    try:
        return json.loads((data_dir / name).read_text())
    except FileNotFoundError:
        return {}


def write(data_dir: Path, values: dict[str, str], name: str = NAME) -> None:
    """Replace the file as a whole: a crash leaves the old one or the new one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    temporary = data_dir / f".{name}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if os.geteuid() == 0:  # root lends a hand: the file stays readable for whose folder it is
            os.fchown(descriptor, data_dir.stat().st_uid, data_dir.stat().st_gid)
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(data_dir / name)


def value(data_dir: Path, key: str) -> str:
    """The secret of that name; made for this process only while the folder has none.

    `up` persists it before it starts anything (`ensure`), so that every process of an
    installation signs with one key, and a command run without a data folder writes nothing.
    """
    return read(data_dir).get(key) or secrets.token_urlsafe(48)


def ensure(data_dir: Path, key: str) -> str:
    """The secret of that name, made and kept when there is none."""
    values = read(data_dir)
    if key not in values:
        values[key] = secrets.token_urlsafe(48)
        write(data_dir, values)
    return values[key]


def embedded_url(data_dir: Path) -> str:
    """URL of the data folder's own PostgreSQL, whether it runs or not."""
    server = read(data_dir, EMBEDDED)
    if not server:
        return "postgres://obc@/obc?host=" + quote(str(data_dir / "run"), safe="")
    return (
        f"postgres://{quote(server['user'])}:{quote(server['password'], safe='')}@/{server['dbname']}"
        f"?host={quote(server['host'], safe='')}&port={server['port']}"
    )
