"""A door before the real server, for tests: it forwards, refuses, answers wrongly or disappears, as told.

Pages use it as their analytics server, so the SDK's scripts, batches and sockets all come through here.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade"}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


@dataclass
class Request:
    """One attempt of a client: `kind` is batch, socket or other."""

    kind: str
    at: float
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


# A rule looks at a batch and answers in the server's place; None lets it pass.
Rule = Callable[[dict[str, Any]], Answer | None]
# Looks at what the server answered; what it returns is sent instead, None drops the connection.
Edit = Callable[[dict[str, Any], Answer], Answer | None]


class Door:
    """`url` stays the same while the door is shut (connections are refused) and opened again."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream.removeprefix("http://")
        self.rule: Rule | None = None
        self.edit: Edit | None = None
        self.sockets = True
        self.requests: list[Request] = []
        self._pipes: set[socket.socket] = set()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def batches(self) -> list[Request]:
        return [request for request in self.requests if request.kind == "batch"]

    @property
    def attempts(self) -> list[Request]:
        """Batches and sockets: what the server is asked for by the SDK's own will."""
        return [request for request in self.requests if request.kind != "other"]

    def open(self) -> None:
        door = self

        class Handler(_Handler):
            pass

        Handler.door = door
        self._server = _Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def shut(self) -> None:
        """Connections are refused, and those that stand are cut."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        server.server_close()
        for pipe in list(self._pipes):
            cut(pipe)


def cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # browsers cut connections all the time


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door: Door

    def setup(self) -> None:
        super().setup()
        self.door._pipes.add(self.connection)

    def finish(self) -> None:
        self.door._pipes.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._socket()
        else:
            self._note("other")
            self._answer(self._forward(b""))

    do_OPTIONS = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        batch = json.loads(body)
        self._note("batch", batch)
        answer = self.door.rule and self.door.rule(batch)
        if not answer:
            answer = self._forward(body)
            if self.door.edit:
                answer = self.door.edit(batch, answer)
        if answer is None:
            self.close_connection = True
            cut(self.connection)
        else:
            self._answer(answer)

    def _note(self, kind: str, body: dict[str, Any] | None = None) -> None:
        self.door.requests.append(Request(kind, time.monotonic(), body or {}))

    def _forward(self, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self.door.upstream, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
        return Answer(answer.status, kept, answer.read())

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in (answer.headers or CORS).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _socket(self) -> None:
        self._note("socket")
        self.close_connection = True
        if not self.door.sockets:
            return
        host, _, port = self.door.upstream.partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.door._pipes.add(upstream)
            head = f"{self.requestline}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            upstream.sendall(head.encode() + b"\r\n")
            _pump(self.connection, upstream)
            self.door._pipes.discard(upstream)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    ends = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(ends), [], [], 30)
        for end in ready:
            try:
                data = end.recv(65536)
            except OSError:
                data = b""
            if not data:
                cut(one)
                cut(other)
                return
            try:
                ends[end].sendall(data)
            except OSError:
                return


def refuse(status: int, retry_after: int | None = None) -> Rule:
    """Answer every batch with this status."""
    more = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda batch: Answer(status, {**CORS, **more}, b'{"error":{"code":"told_so","message":"as told"}}')
