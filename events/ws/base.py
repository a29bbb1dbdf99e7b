"""What every door under ASGI shares."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

from channels.exceptions import StopConsumer

from obc_analytics.errors import BadRequest

MAX_FIELDS = 100
LARGE = 64 * 1024  # bytes; more takes milliseconds to read, which other senders shall not wait for

_readers = ThreadPoolExecutor(2, thread_name_prefix="reader")


class Lean:
    """Runs a consumer without a channel layer of its own and without the stock `dispatch`.

    That one closes old database connections through the one database thread on every message.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self.gone()

    async def dispatch(self, message: dict[str, Any]) -> None:
        raise NotImplementedError

    def gone(self) -> None:
        """The consumer ends, however that came."""


def headers_of(scope: dict[str, Any]) -> dict[str, str]:
    """Lower-case names; of a header that stands twice the last one."""
    return {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}


def query_of(scope: dict[str, Any]) -> dict[str, str]:
    """Raises BadRequest for more fields than anybody needs."""
    if not scope["query_string"]:
        return {}
    try:
        pairs = parse_qsl(scope["query_string"].decode("latin1"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise BadRequest("The address has too many parameters.") from error
    return dict(pairs)


def address_of(scope: dict[str, Any]) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


async def in_thread(function: Any, *arguments: Any) -> Any:
    """Run what takes long beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_readers, function, *arguments)
