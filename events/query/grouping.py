"""Which errors are the same one: equal in type, normalised message and top frame of the stack.

What differs from one occurrence or release to the next is taken out: numbers, ids, addresses, a file's content
hash and version, line and column. All of it comes from clients: every step is linear in a bounded text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

TYPE_MAX, MESSAGE_MAX, STACK_MAX = 200, 1_000, 4_000  # characters that take part
LINES, LINE_MAX = 30, 400  # of a stack that are looked at

URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>)]+", re.I)
UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.I)
HEX = re.compile(r"\b(?:0x[0-9a-f]+|(?=[a-f]*[0-9])[0-9a-f]{12,})\b", re.I)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SPACE = re.compile(r"\s+")
VERSION = re.compile(r"[.@-]v?\d+(?:\.\d+)+(?=[./-])")
CONTENT_HASH = re.compile(r"[.-](?=[A-Za-z_-]*\d)[A-Za-z0-9_]{8,}(?=\.[a-z]{1,4}$)")


@dataclass(frozen=True, slots=True)
class Group:
    """`hash`: 16 hexadecimal digits that stand in the page's address."""

    type: str
    message: str
    frame: str

    @property
    def hash(self) -> str:
        return hashlib.sha256("\0".join((self.type, self.message, self.frame)).encode()).hexdigest()[:16]


def group_of(type_: str | None, message: str | None, stack: str | None) -> Group:
    return Group((type_ or "Error")[:TYPE_MAX], normalised(message or ""), top_frame(stack or ""))


def normalised(message: str) -> str:
    """`Order 4711 of 3f2a…-…` → `Order # of <id>`."""
    text = message[:MESSAGE_MAX]
    for pattern, mark in ((URL, "<url>"), (UUID, "<id>"), (HEX, "<id>"), (NUMBER, "#"), (SPACE, " ")):
        text = pattern.sub(mark, text)
    return text.strip()


def top_frame(stack: str) -> str:
    """`function file` of the frame where it was thrown, or '' where no line reads as a frame.

    Takes V8's (`at f (url:1:2)`), Firefox's and Safari's (`f@url:1:2`) and Python's, whose last frame is the top.
    """
    lines = [line.strip()[:LINE_MAX] for line in stack[:STACK_MAX].splitlines()]
    python = [line for line in lines if line.startswith('File "')]
    if python:
        return _python(python[-1])
    return next((frame for line in lines[:LINES] if (frame := _frame(line))), "")


def _frame(line: str) -> str:
    if line.startswith("at "):
        return _v8(line[3:])
    function, at, where = line.partition("@")
    return _named(function, where) if at and " " not in where and ("/" in where or ":" in where) else ""


def _v8(rest: str) -> str:
    if rest.endswith(")") and "(" in rest:
        function, _, where = rest[:-1].rpartition("(")
        return _named(function, where)
    return _named("", rest)


def _python(line: str) -> str:
    file, _, rest = line.removeprefix('File "').partition('"')
    return _named(rest.partition(" in ")[2], file)


def _named(function: str, where: str) -> str:
    name = function.strip().removeprefix("async ").removeprefix("new ")
    return f"{name} {file_of(where)}".strip()


def file_of(where: str) -> str:
    """`https://app.example/assets/main-4f3a2b1c.js?v=2:10:5` → `/assets/main.js`."""
    path = where.strip()
    for _ in range(2):  # line and column
        head, colon, digits = path.rpartition(":")
        if colon and digits.isdigit():
            path = head
    path = path.partition("?")[0].partition("#")[0]
    if "://" in path:
        host_and_path = path.partition("://")[2]
        path = "/" + host_and_path.partition("/")[2]
    return CONTENT_HASH.sub("", VERSION.sub("", path))
