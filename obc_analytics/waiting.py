"""Whether anybody still waits for an answer: a closed connection is heard while a thread works for it.

Django's views run in threads, and a thread can't be cancelled from outside: Django hears of the closed connection,
and waits for the view. So the flag is set here, in front of Django, and what works long asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_gone: ContextVar[threading.Event | None] = ContextVar("gone", default=None)  # sync_to_async takes it into threads


def gone() -> threading.Event:
    """Set once the client of the request under way has closed its connection. Outside of requests it never is."""
    return _gone.get() or threading.Event()


def listening(application: Application) -> Application:
    """The application, whose requests know when their connection closes."""

    async def heard(scope: dict[str, Any], receive: Any, send: Any) -> None:
        flag = threading.Event()
        _gone.set(flag)  # each request is a task, with a context of its own

        async def receiving() -> dict[str, Any]:
            message: dict[str, Any] = await receive()
            if message["type"] == "http.disconnect":
                flag.set()
            return message

        await application(scope, receiving, send)

    return heard
