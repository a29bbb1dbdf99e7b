"""What every case is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from events.bench.stack import Stack


@dataclass(slots=True)
class Bench:
    stack: Stack
    seconds: float = 60.0
    rows: int = 5_000_000
    sockets: int = 2_000
    events: int = 1_000_000
    tenants: int = 100
    say: Callable[[str], None] = print  # progress, for people
