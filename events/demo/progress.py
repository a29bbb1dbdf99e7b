"""How far a load is: a bar on a terminal, a line every tenth elsewhere."""

from __future__ import annotations

from types import TracebackType

from django.core.management.base import OutputWrapper

WIDTH = 30


class Progress:
    """`out` is a command's stderr. Days from `first` to `last`."""

    def __init__(self, out: OutputWrapper, first: int, last: int) -> None:
        self._out = out
        self._first = first
        self._days = max(1, last - first + 1)
        self._terminal = out.isatty()
        self._told = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            self._write("\r" + " " * (WIDTH + 40) + "\r")

    def show(self, day: int, events: int) -> None:
        done = (day - self._first + 1) / self._days
        if self._terminal:
            bar = "█" * int(done * WIDTH)
            self._write(f"\r{bar:<{WIDTH}} {done:4.0%}  {events:,} events")
        elif int(done * 10) > self._told:
            self._told = int(done * 10)
            self._write(f"{done:4.0%}  {events:,} events\n")

    def _write(self, text: str) -> None:
        self._out.write(text, lambda plain: plain, "")  # no colour of an error, no line's end
        self._out.flush()
