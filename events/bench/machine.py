"""What the numbers were measured on, and what a process used of it (Linux: /proc; elsewhere unknown)."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PROC = Path("/proc")


def kind() -> dict[str, str]:
    """Cores, processor, memory, system, date."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return {
        "cores": str(os.cpu_count()),
        "processor": _first(PROC / "cpuinfo", "model name") or platform.processor() or platform.machine(),
        "memory": f"{pages / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _first(path: Path, name: str) -> str:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def rss_mb(pid: int) -> float | None:
    """Resident memory of one process."""
    text = _first(PROC / str(pid) / "status", "VmRSS")
    return int(text.split()[0]) / 1024 if text else None


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of processor time."""

    machine: float  # all processes of the machine, since it started
    loop: float  # the main thread: the event loop
    rest: float  # its other threads: the writer's, and those that decode large bodies
    database: float  # PostgreSQL with all its children

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(*(getattr(self, name) - getattr(other, name) for name in self.__slots__))


def cpu(web: int, postmaster: int | None) -> Cpu:
    loop = _seconds(PROC / str(web) / "task" / str(web) / "stat", 2)
    return Cpu(_busy(), loop, _seconds(PROC / str(web) / "stat", 2) - loop, _database(postmaster))


def _busy() -> float:
    """Time in which a core did anything but wait (proc(5): fields 4 and 5 are idle and iowait)."""
    try:
        values = [int(value) for value in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    except OSError:
        return 0.0
    return (sum(values) - values[3] - values[4]) / TICKS


def _database(postmaster: int | None) -> float:
    """The postmaster, what its ended children used, and its living children."""
    if postmaster is None:
        return 0.0
    total = _seconds(PROC / str(postmaster) / "stat", 4)
    for child in _children(postmaster):
        total += _seconds(PROC / str(child) / "stat", 2)
    return total


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for listing in PROC.glob(f"{parent}/task/*/children"):
        found += [int(pid) for pid in listing.read_text().split()]
    return found


def process_seconds(pid: int) -> float:
    """Processor time of one process and all its threads."""
    return _seconds(PROC / str(pid) / "stat", 2)


def _seconds(path: Path, fields: int) -> float:
    """utime, stime and, of 4 fields, those of children that were waited for."""
    try:
        values = path.read_text().rpartition(")")[2].split()[11 : 11 + fields]
    except OSError:
        return 0.0
    return sum(int(value) for value in values) / TICKS
