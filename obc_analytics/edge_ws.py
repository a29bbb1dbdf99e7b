"""WebSockets at the edge: honest close codes, and memory bounded in both directions.

autobahn drops a connection whose frame is too large; here it is closed with 1009 and the frame is read into
nothing. daphne queues frames without end for an application that lags; here the socket is not read meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any

from autobahn.util import encode_truncate
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from obc_analytics.edge_hooks import Gate

MAX_FRAME = 2**20  # bytes of a frame, and of a message in fragments
QUEUE_FRAMES = 64  # received and not yet taken by the application; above it the socket is not read
QUEUE_BYTES = 256 * 1024
PROTOCOL_ERROR = 1002
GOING_DOWN = 1012


class FrameQueue(asyncio.Queue[dict[str, Any]]):
    """What was received for one application. Tells the protocol when it is full, and when it has room again."""

    def __init__(self, protocol: SocketProtocol) -> None:
        super().__init__()
        self._protocol = protocol
        self._bytes = 0
        self._full = False

    def _put(self, item: dict[str, Any]) -> None:
        super()._put(item)  # type: ignore[misc]
        self._bytes += _size(item)
        if not self._full and (self.qsize() >= QUEUE_FRAMES or self._bytes >= QUEUE_BYTES):
            self._full = True
            self._protocol.hold(application=True)

    def _get(self) -> dict[str, Any]:
        item: dict[str, Any] = super()._get()  # type: ignore[misc]
        self._bytes -= _size(item)
        if self._full and self.qsize() <= QUEUE_FRAMES // 2 and self._bytes <= QUEUE_BYTES // 2:
            self._full = False
            self._protocol.hold(application=False)
        return item


def _size(item: dict[str, Any]) -> int:
    return len(item.get("text") or item.get("bytes") or b"")


def whole_frame(data: bytes) -> tuple[bytes, bool, int] | None:
    """Payload, whether it is binary, and the end of a masked, unfragmented data frame below 64 KB (RFC 6455, 5.2).

    None: it is of another kind, or not all of it is there.
    """
    if len(data) < 6 or data[0] not in (0x81, 0x82) or data[1] < 0x80:
        return None
    length, start = data[1] & 0x7F, 6
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 8
        if length < 126:
            return None
    end = start + length
    if length == 127 or len(data) < end:
        return None
    mask = (data[start - 4 : start] * (length // 4 + 1))[:length]
    plain = int.from_bytes(data[start:end], "little") ^ int.from_bytes(mask, "little")
    return plain.to_bytes(length, "little"), data[0] == 0x82, end


class SocketProtocol(WebSocketProtocol):
    data: bytes  # received and not yet read, autobahn's
    message_data: Any
    http_headers: dict[str, str]
    _deaf = False  # the peer broke the protocol: nothing it sends has a meaning any more
    _application_full = False
    _peer_full = False

    def makeConnection(self, transport: Any) -> None:
        self.gate = Gate()
        transport.unregisterProducer()  # the HTTP channel's
        super().makeConnection(transport)
        transport.registerProducer(self, True)

    # --- flow ---------------------------------------------------------------------------------------

    def hold(self, application: bool) -> None:
        self._application_full = application
        self._read_or_not()

    def pauseProducing(self) -> None:
        """The peer does not take what we send: it gets nothing more, and is not read either."""
        self._peer_full = True
        self.gate.close()
        self._read_or_not()

    def resumeProducing(self) -> None:
        self._peer_full = False
        self.gate.open()
        self._read_or_not()

    def stopProducing(self) -> None:
        self.gate.open()

    def _read_or_not(self) -> None:
        if self._application_full or self._peer_full:
            self.transport.pauseProducing()
        else:
            self.transport.resumeProducing()

    async def writable(self) -> None:
        if self.gate.shut:
            await self.gate.passed()

    # --- in -----------------------------------------------------------------------------------------

    def _dataReceived(self, data: bytes) -> None:
        if not self._deaf:
            super()._dataReceived(data)

    def processData(self) -> bool:
        """Take a whole small frame in one step; autobahn's way, for all others, costs several times as much."""
        found = None
        if self.current_frame is None and not self.inside_message and self.state == self.STATE_OPEN:
            found = whole_frame(self.data)
        if found is None:
            return super().processData()
        payload, binary, end = found
        self.data = self.data[end:]
        if self.autoPingTimeoutCall:
            self._cancelAutoPingTimeoutCall()  # whoever sends is alive
        self.onMessage(payload, binary)
        return bool(self.data)

    def onMessageEnd(self) -> None:
        if not self.failedByMe:
            self.onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = None

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if not isBinary:
            try:
                payload.decode()
            except UnicodeDecodeError:  # a malformed frame ends no connection: the application says so
                isBinary = True
        super().onMessage(payload, isBinary)

    def _protocol_violation(self, reason: str) -> bool:
        self._fail_connection(PROTOCOL_ERROR, reason)
        self._deaf = True
        self.data = b""
        return True

    # --- out ----------------------------------------------------------------------------------------

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("type") == "websocket.close" and self.state != self.STATE_CONNECTING:
            self.close_with(message.get("code") or 1000, message.get("reason") or "")
        else:
            super().handle_reply(message)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        if self.state in (self.STATE_CONNECTING, self.STATE_OPEN):
            super().serverSend(content, binary)

    def close_with(self, code: int, reason: str = "") -> None:
        """Begin to close. autobahn's `sendClose` knows no 1012 and 1013."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, reasonUtf8=encode_truncate(reason, 123) if reason else None)

    # --- life ---------------------------------------------------------------------------------------

    def onOpen(self) -> None:
        super().onOpen()
        self.http_request_data = self.http_response_data = None  # an idle socket shall be small
        self.http_headers = {}

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.gate.open()
        if hasattr(self, "server"):  # else the handshake never came to the application
            super().onClose(wasClean, code, reason)

    def __repr__(self) -> str:
        return f"<SocketProtocol {getattr(self, 'path', b'')!r}>"


class SocketFactory(WebSocketFactory):
    protocol = SocketProtocol
