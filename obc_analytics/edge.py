"""daphne with what stock daphne cannot do: early refusals, honest close codes, and a drain on SIGTERM.

`python -m obc_analytics.edge --host 127.0.0.1 --port 8000`, or stock `daphne obc_analytics.asgi:application`,
which uses this server because asgi.py calls `install()`.

SIGTERM and SIGINT: stop accepting; answer 503 to new requests on connections that are open; finish and ack
what is in flight; close sockets with 1012 after their last ack; store what the writer holds; exit with 0.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import resource
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server as DaphneServer
from django.conf import settings
from twisted.internet import defer
from twisted.internet import reactor as installed_reactor
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from obc_analytics.edge_hooks import hooks
from obc_analytics.edge_http import Factory, Request
from obc_analytics.edge_ws import GOING_DOWN, MAX_FRAME, FrameQueue, SocketFactory, SocketProtocol

DRAIN_SECONDS = 10.0  # from the signal to the end of the process
IN_FLIGHT_SECONDS = 6.0  # of them for answers and acks under way
CLOSING_SECONDS = 1.0  # of them for the last bytes to leave
BACKLOG = 2048  # connections the kernel holds until we accept them
PING_EVERY, PONG_WITHIN = 30, 30  # seconds; finds dead peers of sockets that only listen

log = logging.getLogger(__name__)
reactor: Any = installed_reactor  # a module to the type checker


class Server(DaphneServer):
    draining = False

    def __init__(self, application: Any, endpoints: list[str], **options: Any) -> None:
        # keys travel in query strings, so there is no access log; no Server header; headers of a proxy
        # are read by `settle`
        options.update(action_logger=None, server_name="", verbosity=1, websocket_timeout=-1)
        options.update(ping_interval=PING_EVERY, ping_timeout=PONG_WITHIN, http_timeout=None)
        options.update(proxy_forwarded_address_header=None, proxy_forwarded_proto_header=None)
        super().__init__(application, endpoints=[_with_backlog(text) for text in endpoints], **options)
        self.ports: list[Any] = []
        self.sockets: set[SocketProtocol] = set()

    def run(self) -> None:
        raise_file_limit()
        rest_garbage_collector()
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = Factory(self)
        self.ws_factory = SocketFactory(self, server="")
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=self.websocket_handshake_timeout,
            closeHandshakeTimeout=5,
            maxMessagePayloadSize=MAX_FRAME,
            maxFramePayloadSize=MAX_FRAME,
            failByDrop=False,  # close with a code instead
            utf8validateIncoming=False,  # SocketProtocol checks whole messages
        )
        observer = _twisted_errors()
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
        asyncio.set_event_loop(reactor._asyncioEventloop)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        for description in self.endpoints:
            self._listen(description)
        reactor.addSystemEventTrigger("before", "shutdown", self.drain)
        if not self.abort_start:
            if self.ready_callable:
                self.ready_callable()
            reactor.run(installSignalHandlers=self.signal_handlers)

    def _listen(self, description: str) -> None:
        from twisted.internet.endpoints import serverFromString

        listening = serverFromString(reactor, description).listen(self.http_factory)
        listening.addCallbacks(self.listen_success, self.listen_error)
        self.listeners.append(listening)

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        super().listen_success(port)

    # --- applications -------------------------------------------------------------------------------

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[dict[str, Any]]:
        settle(scope)
        scope["asgi"] = {"version": "3.0"}
        queue: asyncio.Queue[dict[str, Any]]
        if isinstance(protocol, SocketProtocol):
            queue = FrameQueue(protocol)
            self.sockets.add(protocol)
        else:
            queue = asyncio.Queue()
        answering = self.application(scope=scope, receive=queue.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(answering)
        return queue

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Hand a message to the peer, and wait while the peer takes none."""
        await super().handle_reply(protocol, message)
        await protocol.writable()

    def protocol_disconnected(self, protocol: Any) -> None:
        self.sockets.discard(protocol)
        super().protocol_disconnected(protocol)

    # --- the end ------------------------------------------------------------------------------------

    def drain(self) -> defer.Deferred[Any]:
        _exit_after(DRAIN_SECONDS + 2)
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS - CLOSING_SECONDS
        self.draining = True
        for port in self.ports:
            with contextlib.suppress(Exception):
                port.doRead()  # connections the kernel has accepted for us get an answer, too
            port.stopListening()
        leaving = [step(IN_FLIGHT_SECONDS) for step in hooks.leaving]
        await _all_within(IN_FLIGHT_SECONDS, self._requests_answered(), *leaving)
        for protocol in list(self.sockets):
            protocol.close_with(GOING_DOWN, "The server is going down.")
        for step in hooks.stopping:
            left = max(0.5, deadline - asyncio.get_running_loop().time())
            await _all_within(left, step(left))
        await _all_within(CLOSING_SECONDS, self._connections_closed())
        await self._end_applications()

    async def _requests_answered(self) -> None:
        await _until(lambda: not self._in_flight())

    def _in_flight(self) -> list[Request]:
        return [
            protocol
            for protocol, details in self.connections.items()
            if isinstance(protocol, Request) and protocol.begun and "disconnected" not in details
        ]

    async def _connections_closed(self) -> None:
        """Connections end once their last bytes are sent."""
        for channel in list(self.http_factory.channels):
            if not channel.refused:
                channel.loseConnection()
        channels = self.http_factory.channels
        await _until(lambda: not self.sockets and all(channel.refused for channel in channels))

    async def _end_applications(self) -> None:
        running = [details.get("application_instance") for details in self.connections.values()]
        pending = [task for task in running if task is not None and not task.done()]
        for task in pending:
            task.cancel()
        await _all_within(CLOSING_SECONDS, *pending)


def settle(scope: dict[str, Any]) -> None:
    """Address and scheme of the client as our own proxy tells them; nobody else is believed."""
    scope["root_path"] = ""
    if not settings.BEHIND_PROXY:
        return
    headers = dict(scope["headers"])
    # a proxy appends: what stands before the last one is the client's own word
    address = headers.get(b"x-forwarded-for", b"").decode("latin1").rpartition(",")[2].strip()
    with contextlib.suppress(ValueError):
        scope["client"] = [str(ipaddress.ip_address(address)), 0]
    scheme = headers.get(b"x-forwarded-proto", b"").decode("latin1").rpartition(",")[2].strip().lower()
    if scheme in {"http", "https"}:
        secure = scheme == "https"
        scope["scheme"] = ("wss" if secure else "ws") if scope["type"] == "websocket" else scheme


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _all_within(seconds: float, *awaitables: Any) -> None:
    """Wait for all of them, at most so long; their errors are logged and end nothing."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            log.error("A step of going down failed", exc_info=error)


def _twisted_errors() -> Any:
    """Twisted's log, of which we keep the errors."""
    output: Any = STDLibLogObserver("twisted")
    errors: Any = LogLevelFilterPredicate(LogLevel.error)
    return FilteringLogObserver(output, [errors])


def _exit_after(seconds: float) -> None:
    """End the process even if a thread of a slow request is still busy."""
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()


def _with_backlog(endpoint: str) -> str:
    return f"{endpoint}:backlog={BACKLOG}" if endpoint.startswith("tcp:") and "backlog=" not in endpoint else endpoint


def raise_file_limit() -> None:
    """A socket is a file: allow as many as this user may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def rest_garbage_collector() -> None:
    """What was imported stays for good: a full collection that walks it pauses every ack for 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def install() -> None:
    """Let stock `daphne` use this server."""
    CommandLineInterface.server_class = Server


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m obc_analytics.edge", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(argv)
    from obc_analytics.asgi import application

    server = Server(application, build_endpoint_description_strings(host=options.host, port=options.port))
    server.run()
    return 1 if server.abort_start else 0


if __name__ == "__main__":
    from obc_analytics.edge import main as main_of_the_module  # not the copy named __main__

    sys.exit(main_of_the_module(sys.argv[1:]))
