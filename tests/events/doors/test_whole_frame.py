"""The short way of reading a WebSocket frame agrees with RFC 6455."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from obc_analytics.edge_ws import whole_frame


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT, *, mask: bool = True, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=mask)


@given(st.binary(max_size=300) | st.binary(min_size=65_530, max_size=65_535), st.booleans(), st.binary(max_size=20))
def test_a_masked_frame_is_read_with_whatever_follows_left_alone(payload, binary, rest):
    data = frame(payload, Opcode.BINARY if binary else Opcode.TEXT)
    assert whole_frame(data + rest) == (payload, binary, len(data))


@pytest.mark.parametrize("payload", [b"", b"x", b"x" * 125, b"x" * 126, b"x" * 65_535])
def test_a_frame_that_is_not_all_there_waits(payload):
    data = frame(payload)
    assert all(
        whole_frame(data[:end]) is None for end in {0, 1, 2, 5, len(data) // 2, len(data) - 1} if end < len(data)
    )


@pytest.mark.parametrize(
    "data",
    [
        frame(b"x" * 65_536),
        frame(b"x", mask=False),
        frame(b"x", fin=False),
        frame(b"x", Opcode.CONT),
        frame(b"x", Opcode.PING),
        frame(b"", Opcode.CLOSE),
        b"\xc1" + frame(b"x")[1:],  # a reserved bit
        b"\x81\xfe\x00\x05" + frame(b"x" * 5)[2:],  # a length that is longer than need be
    ],
    ids=["long", "unmasked", "unfinished", "continuation", "ping", "close", "reserved-bit", "wasteful-length"],
)
def test_every_other_kind_is_left_to_autobahn(data):
    assert whole_frame(data) is None
