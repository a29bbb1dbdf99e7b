"""Processes that end with their parent, locks between processes, and who a pid really is.

Standard library only: `up` uses it before anything heavy is imported.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class LockTaken(Exception):
    """Another process holds this lock."""


# --- children ---------------------------------------------------------------------------------------


def spawn(command: list[str], *, dies_with_us: signal.Signals | None, **options: Any) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, so that a terminal's Ctrl-C reaches the parent only.

    `dies_with_us` is the signal the kernel sends it when the thread that called `spawn` ends, be it by
    kill -9: call it from a thread that lives as long as the process. None: the child outlives us.
    The child arranges this itself, between fork and its own start (this file, run as a script):
    a `preexec_fn` would run Python in a forked copy of a process with threads.
    """
    if dies_with_us is not None:
        launcher = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(dies_with_us))]
        command = [*launcher, *command]
    return subprocess.Popen(command, start_new_session=True, **options)


def die_with(parent: int, number: int) -> None:
    """Ask the kernel for signal `number` when our parent ends (Linux; elsewhere the next `up` clears up)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(f"obc: process {parent} is gone")


def end(process: subprocess.Popen[bytes], number: signal.Signals, *, within: float) -> None:
    """Send the signal, wait `within` seconds, then kill."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- who a pid is -----------------------------------------------------------------------------------


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie, which nobody has waited for, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return not Path("/proc/self").exists() and _answers(pid)
    except PermissionError:
        return True
    return state not in "ZX"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def birth(pid: int) -> str:
    """When the process began, in the kernel's ticks: with the pid, a name no other process ever has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def wait_until(condition: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


# --- locks ------------------------------------------------------------------------------------------


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the file's lock; it ends with the process, however that ends. LockTaken when `wait` is False."""
    descriptor = take(path, wait=wait)
    try:
        yield
    finally:
        os.close(descriptor)


def take(path: Path, *, wait: bool = True) -> int:
    """The descriptor that holds the lock; closing it gives the lock back. Children do not inherit it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:  # root lends a hand: the folder's owner can still take it
        os.fchown(descriptor, path.parent.stat().st_uid, path.parent.stat().st_gid)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise LockTaken(str(path)) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


if __name__ == "__main__":  # <parent's pid> <signal> <command…>
    die_with(int(sys.argv[1]), int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
