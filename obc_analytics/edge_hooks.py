"""What the edge asks the applications above it. `asgi.py` fills this in, so nothing here imports upward."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

MIB = 2**20
Headers = list[tuple[bytes, bytes]]
Step = Callable[[float], Awaitable[object]]  # gets the seconds it may take


def _any_body(path: str) -> int:
    return 10 * MIB


def _no_headers(path: str, origin: str | None) -> Headers:
    return []


@dataclass(slots=True)
class Hooks:
    """`body_limit`: bytes on the wire a path takes. `error_headers`: added to answers the edge itself gives.

    `leaving` runs beside the requests in flight once the server goes down, `stopping` after them.
    """

    body_limit: Callable[[str], int] = _any_body
    error_headers: Callable[[str, str | None], Headers] = _no_headers
    leaving: list[Step] = field(default_factory=list)
    stopping: list[Step] = field(default_factory=list)


hooks = Hooks()


class Gate:
    """Shut while the peer does not take what was written to it; who writes on waits here."""

    __slots__ = ("_opened", "shut")

    def __init__(self) -> None:
        self.shut = False
        self._opened: asyncio.Future[None] | None = None

    def close(self) -> None:
        self.shut = True

    def open(self) -> None:
        self.shut = False
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
        self._opened = None

    async def passed(self) -> None:
        while self.shut:
            if self._opened is None:
                self._opened = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._opened)
