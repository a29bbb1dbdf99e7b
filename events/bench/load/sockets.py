"""WebSocket clients on bare frames (RFC 6455): the masking key is zero, so that a payload needs no masking."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from events.bench.load.bodies import Bodies
from events.bench.load.tally import Tally

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_ACCEPTED = re.compile(rb'"accepted":\s*(\d+)')
_FIRST_ID = re.compile(rb'"results":\s*\{"([0-9a-f]{8}-[0-9a-f]{4})')
LAST_ACKS = 10.0  # seconds to wait for them


def frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload


def cut(buffer: bytes) -> tuple[int, bytes, int] | None:
    """Opcode, payload and end of the first whole frame of a server; None until there is one."""
    if len(buffer) < 2:
        return None
    size, at = buffer[1] & 0x7F, 2
    if size > 125:
        at = 4 if size == 126 else 10
        size = int.from_bytes(buffer[2:at], "big")
    if len(buffer) < at + size:
        return None
    return buffer[0] & 0x0F, buffer[at : at + size], at + size


class Socket(asyncio.Protocol):
    """`welcomed` is set when the server takes events, or has refused; then `open` tells which."""

    def __init__(self, request: bytes, tally: Tally, on_ack: Callable[[Socket], None] | None = None) -> None:
        self._request = request
        self._tally = tally
        self._on_ack = on_ack
        self._buffer = b""
        self._sent: dict[bytes, float] = {}
        self._upgraded = False
        self.open = False
        self.welcomed = asyncio.get_running_loop().create_future()

    @property
    def waiting(self) -> int:
        """Frames without their ack."""
        return len(self._sent)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def send(self, bodies: Bodies, due: float | None = None) -> None:
        """`due`: when it should have been sent, if that was not now."""
        if not self.open:
            return
        begin, body = bodies.next()
        self._sent[begin] = due or time.perf_counter()
        self._transport.write(frame(TEXT, body))

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            self._upgraded = self._buffer.startswith(b"HTTP/1.1 101")
            self._buffer = self._buffer[end:]
            if not self._upgraded:
                self._transport.close()
                return
        while found := cut(self._buffer):
            opcode, payload, end = found
            self._buffer = self._buffer[end:]
            self._take(opcode, payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(frame(PONG, payload))
        elif opcode == TEXT and payload.startswith(b'{"type":"ack"'):
            self._acked(payload)
        elif opcode == TEXT and payload.startswith(b'{"type":"welcome"'):
            self.open = True
            self._set_welcomed()
        elif opcode == TEXT:
            self._tally.failed(payload[9:18].split(b'"')[0].decode())
        elif opcode == CLOSE:
            self._tally.failed(f"closed {int.from_bytes(payload[:2], 'big')}")

    def _acked(self, payload: bytes) -> None:
        first, accepted = _FIRST_ID.search(payload), _ACCEPTED.search(payload)
        began = self._sent.pop(first[1], None) if first else None
        if began is None or accepted is None:
            self._tally.failed("ack of nothing")
            return
        self._tally.answered(began, int(accepted[1]))
        if self._on_ack:
            self._on_ack(self)

    def _set_welcomed(self) -> None:
        if not self.welcomed.done():
            self.welcomed.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        self._set_welcomed()


async def connect(
    host: str, port: int, key: str, count: int, tally: Tally, on_ack: Callable[[Socket], None] | None = None
) -> list[Socket]:
    """`count` open sockets, 50 at a time. Those that were refused are counted as errors and left out."""
    request = (
        f"GET /ws/analytics?key={key} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    sockets: list[Socket] = []
    for first in range(0, count, 50):
        some = [
            (await loop.create_connection(lambda: Socket(request, tally, on_ack), host, port))[1]
            for _ in range(first, min(first + 50, count))
        ]
        await asyncio.wait([socket.welcomed for socket in some], timeout=30)
        sockets += some
    for _ in range(sum(not socket.open for socket in sockets)):
        tally.failed("not welcomed")
    return [socket for socket in sockets if socket.open]


async def closed_loop(host: str, port: int, key: str, bodies: Bodies, count: int, seconds: float, window: int) -> Tally:
    """Each socket has `window` frames under way; an ack lets it send the next."""
    tally = Tally()
    deadline = 0.0

    def next_frame(socket: Socket) -> None:
        if time.perf_counter() < deadline:
            socket.send(bodies)

    sockets = await connect(host, port, key, count, tally, next_frame)
    tally.began = time.perf_counter()
    deadline = tally.began + seconds
    for socket in sockets:
        for _ in range(window):
            socket.send(bodies)
    await asyncio.sleep(seconds)
    await _last_acks(sockets, tally)
    return tally


async def open_loop(host: str, port: int, key: str, bodies: Bodies, count: int, seconds: float, rate: float) -> Tally:
    """`rate` frames a second whatever the server does; one that is late is counted from when it was due."""
    tally = Tally()
    sockets = await connect(host, port, key, count, tally)
    tally.began = begun = time.perf_counter()
    for number in range(int(seconds * rate)):
        due = begun + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        sockets[number % len(sockets)].send(bodies, due)
    await _last_acks(sockets, tally)
    return tally


async def _last_acks(sockets: list[Socket], tally: Tally) -> None:
    deadline = time.perf_counter() + LAST_ACKS
    while any(socket.waiting for socket in sockets) and time.perf_counter() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    for _ in range(sum(socket.waiting for socket in sockets)):
        tally.failed("no ack")
    for socket in sockets:
        socket.close()
