"""HTTP at the edge: what daphne's request and Twisted's channel cannot do.

A body that is too large is refused from its headers, or as soon as its chunks exceed the limit, and read on
into nothing, so that the sender gets to see the answer. Errors are our JSON, not daphne's HTML.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web import http

from obc_analytics.edge_hooks import Gate, hooks
from obc_analytics.errors import BadRequest, ObcError, Overloaded, TooLarge

KEEP_ALIVE = 75  # seconds without a byte; longer than the 60 of common proxies, who then close first
LINGER_IDLE = 5  # seconds a refused sender may pause
LINGER_TOTAL = 30  # seconds a refused sender is listened to
ANSWER_WITHIN = 60  # seconds until an application that has not begun to answer is given up
IN_MEMORY = 2**20  # bytes of a body; the rest goes to a temporary file
FORBIDDEN_IN_VALUES = b"\x0b\x0c\x1c\x1d\x1e\x85"  # some str methods take them for ends of lines
CODES = {400: "bad_request", 413: "too_large", 503: "overloaded"}

log = logging.getLogger(__name__)


class Channel(http.HTTPChannel):
    """One connection. `refused`: it was answered for the last time, and what still comes is dropped."""

    refused = False
    transport: Any
    _networkProducer: Any
    _deadline: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()

    def connectionMade(self) -> None:
        super().connectionMade()
        self.factory.channels.add(self)

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.channels.discard(self)
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self.gate.open()
        super().connectionLost(reason)

    def allHeadersReceived(self) -> None:
        request = self.requests[-1]
        request.begin(self._command, self._path, self._version)
        if error := request.objection(self.length):
            self.refuse(error)
        else:
            super().allHeadersReceived()

    def refuse(self, error: ObcError) -> None:
        self.refused = True
        self.persistent = False
        self.setRawMode()
        self.requests[-1].answer(error)

    def requestDone(self, request: Any) -> None:
        if not self.refused:
            super().requestDone(request)
            return
        self.requests.remove(request)
        self._linger()

    def _linger(self) -> None:
        """Close our side and read on for a while: closing with unread bytes would take the answer back."""
        self._networkProducer.unregisterProducer()
        self._networkProducer.resumeProducing()
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_IDLE)
        self._deadline = self.callLater(LINGER_TOTAL, self.transport.abortConnection)

    def allContentReceived(self) -> None:
        if not self.refused:
            super().allContentReceived()

    def rawDataReceived(self, data: bytes) -> None:
        if not self.refused:
            super().rawDataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        if not self.refused:
            super().lineReceived(line)

    def _respondToBadRequestAndDisconnect(self) -> None:
        """What is no HTTP at all has no request to answer through."""
        if self.refused:
            return
        self.refused = True
        self.setRawMode()
        body = _encode(BadRequest("This is not a valid HTTP request."))
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Access-Control-Allow-Origin: *\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        self._linger()

    def pauseProducing(self) -> None:
        self.gate.close()
        super().pauseProducing()

    def resumeProducing(self) -> None:
        self.gate.open()
        super().resumeProducing()


class Request(WebRequest):
    """One request. `begun`: its headers are complete and it was not refused."""

    begun = False
    refused = False
    received = 0  # bytes of the body so far
    limit = 0

    def __init__(self, channel: Channel, *arguments: Any) -> None:
        super().__init__(channel, *arguments)
        self.gate = channel.gate

    def begin(self, method: bytes, uri: bytes, version: bytes) -> None:
        self.method, self.uri, self.clientproto = method, uri, version
        self.path, _, self.query_string = uri.partition(b"?")
        self.args: dict[bytes, list[bytes]] = {}

    def objection(self, length: int | None) -> ObcError | None:
        """Why this request is not even read. `length`: of its body, None when it comes in chunks."""
        if self.server.draining:
            return Overloaded("The server is going down; send it again.", retry_after=5)
        self.limit = hooks.body_limit(self._plain_path())
        if length is not None and length > self.limit:
            return self._too_large()
        self.begun = True
        return None

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body is too large: at most {self.limit:,} bytes are taken here.", max_bytes=self.limit)

    def _plain_path(self) -> str:
        return unquote(self.path.decode("latin1"))

    def gotLength(self, length: int | None) -> None:
        # Twisted would write every body of 100 KB, and every chunked one, to a file
        small = length is not None and length <= IN_MEMORY
        self.content = BytesIO() if small else tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115

    def handleContentChunk(self, data: bytes) -> None:
        if self.refused:
            return
        self.received += len(data)
        if self.received > self.limit:
            self.channel.refuse(self._too_large())
        else:
            self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.content.seek(0)
        if b"websocket" in [value.lower() for value in self.requestHeaders.getRawHeaders(b"upgrade", [])]:
            self.channel.factory.channels.discard(self.channel)  # its connection gets another protocol
            self.process()
            return
        try:
            self._hand_over()
        except ObcError as error:
            self.answer(error)
        except Exception:
            log.exception("A request could not be handed to the application")
            self.answer(ObcError())

    def _hand_over(self) -> None:
        self.request_start = time.time()
        headers = [(name.lower(), value) for name, values in self.requestHeaders.getAllRawHeaders() for value in values]
        values = b"".join([value for _, value in headers])
        if len(values.translate(None, FORBIDDEN_IN_VALUES)) != len(values):
            raise BadRequest("A header's value has characters that are not allowed.")
        if not self.uri.isascii() or not self.method.isascii():
            raise BadRequest("Method and address must be ASCII.")
        peer, host = self.client, self.host
        self.client_addr = [str(peer.host), peer.port] if hasattr(peer, "port") else None
        self.server_addr = [str(host.host), host.port] if hasattr(host, "port") else None
        self.application_queue = self.server.create_application(
            self,
            {
                "type": "http",
                "http_version": self.clientproto.split(b"/")[-1].decode("ascii"),
                "method": self.method.decode("ascii"),
                "path": self._decoded_path(),
                "raw_path": self.path,
                "root_path": self.server.root_path,
                "scheme": "https" if self.isSecure() else "http",
                "query_string": self.query_string,
                # names with an underscore could pass for another header in WSGI's naming (CVE-2015-0219)
                "headers": [header for header in headers if b"_" not in header[0]],
                "client": self.client_addr,
                "server": self.server_addr,
            },
        )
        self.application_queue.put_nowait({"type": "http.request", "body": self.content.read(), "more_body": False})

    def _decoded_path(self) -> str:
        return unquote(self.path.decode("ascii"))

    def handle_reply(self, message: dict[str, Any]) -> None:
        if self.server.draining and message.get("type") == "http.response.start" and self.channel is not None:
            self.channel.persistent = False
            self.responseHeaders.setRawHeaders(b"connection", [b"close"])
        super().handle_reply(message)

    def answer(self, error: ObcError) -> None:
        """Answer in place of the application; cut the connection when an answer is already under way."""
        if self.finished or self.channel is None:
            return
        if self._response_started:
            self.channel.transport.abortConnection()
            return
        self.refused = True
        body = _encode(error)
        origin = self.requestHeaders.getRawHeaders(b"origin")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        headers += [(name.lower().encode(), value.encode()) for name, value in error.headers().items()]
        headers += hooks.error_headers(self._plain_path(), origin[0].decode("latin1") if origin else None)
        if not self.channel.persistent:
            headers.append((b"connection", b"close"))
        self.handle_reply({"type": "http.response.start", "status": error.status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": body})

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        error = ObcError(body)
        error.status = status
        error.code = CODES.get(status, "error")
        self.answer(error)

    def check_timeouts(self) -> None:
        if self.duration() > ANSWER_WITHIN and not self._response_started:
            self.answer(Overloaded("The answer took too long.", retry_after=5))

    async def writable(self) -> None:
        if self.gate.shut:
            await self.gate.passed()


class Factory(HTTPFactory):
    """Makes a channel for each connection, without Twisted's detour over HTTP/2."""

    protocol = Channel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.channels: set[Channel] = set()
        self.timeOut = KEEP_ALIVE

    def buildProtocol(self, addr: Any) -> Any:
        channel = super().buildProtocol(addr)
        channel.requestFactory = Request
        return channel

    def log(self, request: Any) -> None:
        """No access log: keys travel in addresses."""


def _encode(error: ObcError) -> bytes:
    return json.dumps(error.as_dict(), ensure_ascii=False).encode()
