"""Whom the embedded PostgreSQL runs as: it refuses to be root.

An ordinary user runs it directly. Root runs it in a user namespace, in which root is user 1000 (works below a
0700 folder, needs no account), else as a system user. An existing cluster always runs as its owner.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ACCOUNT = "obc-postgres"
NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")


class EmbeddedError(Exception):
    """The data folder's PostgreSQL can't be used; the message says what to do."""


@dataclass(frozen=True)
class Runner:
    prefix: tuple[str, ...]  # goes before the command
    uid: int | None = None  # whose the server's files must be, when not ours
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Hand a file or a whole folder to the server."""
        if self.uid is None or self.gid is None:
            return
        for folder, _, names in os.walk(path):
            for name in ("", *names):
                os.chown(os.path.join(folder, name), self.uid, self.gid, follow_symlinks=False)
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def runner(cluster: Path) -> Runner:
    """How the server of this (existing) cluster folder is run. The folder is made its user's own."""
    owner = cluster.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise EmbeddedError(f"{cluster} belongs to {name_of(owner)}: run as that user or choose another --data-dir")
        return Runner(())
    if owner == 0 and namespace_works():
        return Runner(NAMESPACE)
    account = system_user() if owner == 0 else pwd.getpwuid(owner)
    chosen = Runner(switch_user(account, cluster), account.pw_uid, account.pw_gid)
    if owner == 0:
        chosen.own(cluster)
    return chosen


@cache
def namespace_works() -> bool:
    """Containers and hardened kernels may forbid user namespaces: try one."""
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def system_user() -> pwd.struct_passwd:
    """The account `postgres` or `obc-postgres`; the latter is made when there is neither."""
    for name in ("postgres", ACCOUNT):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    print(f"obc: PostgreSQL does not run as root; making the system user {ACCOUNT} for it", file=sys.stderr)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root. Run as an ordinary user, allow user namespaces (util-linux's"
            f" `unshare -U`), make a system user {ACCOUNT}, or set DATABASE_URL to a server of yours."
        ) from None


def switch_user(account: pwd.struct_passwd, cluster: Path) -> tuple[str, ...]:
    """setpriv as that user. Below a folder that is closed to it, it keeps the one right to pass through.

    `--pdeathsig` again, because the kernel forgets it when a process changes its user.
    """
    if shutil.which("setpriv") is None:
        raise EmbeddedError("setpriv (util-linux) is missing: run as an ordinary user or set DATABASE_URL")
    prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if subprocess.run([*prefix, "test", "-x", str(cluster.parent)], capture_output=True).returncode:
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return (*prefix, "--pdeathsig", "INT")


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
