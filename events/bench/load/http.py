"""HTTP clients in a closed loop: each sends a request, waits for its answer, sends the next."""

from __future__ import annotations

import asyncio
import re
import time

from events.bench.load.bodies import Bodies
from events.bench.load.tally import Tally

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_ACCEPTED = re.compile(rb'"accepted":\s*(\d+)')
PAUSE = 0.1  # seconds after a refusal


class Client(asyncio.Protocol):
    """One keep-alive connection. `finished` is set after the last answer."""

    def __init__(self, head: bytes, bodies: Bodies, deadline: float, tally: Tally) -> None:
        self._head = head
        self._bodies = bodies
        self._deadline = deadline
        self._tally = tally
        self._buffer = b""
        self._began = 0.0
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        if time.perf_counter() >= self._deadline:
            self._transport.close()
            return
        body = self._bodies.next()[1]
        self._began = time.perf_counter()
        self._transport.write(b"%sContent-Length: %d\r\n\r\n%s" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        if len(self._buffer) < end + int(length[1] if length else 0):
            return
        status, answer = int(self._buffer[9:12]), self._buffer[end:]
        self._buffer = b""
        if status in (200, 201):
            accepted = _ACCEPTED.search(answer)
            self._tally.answered(self._began, int(accepted[1]) if accepted else int(status == 201))
            self._send()
        else:
            self._tally.failed(str(status))
            asyncio.get_running_loop().call_later(PAUSE, self._send)

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self._deadline:
            self._tally.failed("connection lost")
        if not self.finished.done():
            self.finished.set_result(None)


async def run(host: str, port: int, path: str, key: str, bodies: Bodies, clients: int, seconds: float) -> Tally:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    tally = Tally()
    deadline = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Client(head, bodies, deadline, tally), host, port))[1]
        for _ in range(clients)
    ]
    await asyncio.wait([client.finished for client in opened], timeout=seconds + 15)
    return tally
