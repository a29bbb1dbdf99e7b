"""The load generators: fresh ids, whole frames."""

from __future__ import annotations

import json

import pytest

from events.bench.load import sockets
from events.bench.load.bodies import MARK, Bodies, as_batch, as_event_frame, as_single
from events.ingest import decode_batch


def test_every_body_has_ids_of_its_own():
    bodies = Bodies(as_batch, 10)

    ids = [event["event_id"] for _ in range(50) for event in json.loads(bodies.next()[1])["events"]]

    assert len(set(ids)) == 500
    assert MARK not in "".join(ids)


def test_ids_rise_and_begin_as_told():
    bodies = Bodies(as_single, 1)

    begins, ids = zip(
        *((begin.decode(), json.loads(body)["event_id"]) for begin, body in (bodies.next() for _ in range(20))),
        strict=True,
    )

    assert list(ids) == sorted(ids)
    assert all(id_.startswith(begin) for id_, begin in zip(ids, begins, strict=True))


def test_two_generators_never_make_the_same_id():
    first, second = (json.loads(Bodies(as_single, 1).next()[1])["event_id"] for _ in range(2))

    assert first[14:] != second[14:]


def test_a_body_is_a_batch_that_the_door_takes():
    envelope = decode_batch(Bodies(as_batch, 3).next()[1])

    assert {parsed.event.event_name for parsed in envelope.events} == {"page_view", "button_click", "search"}


def test_an_event_frame_names_its_type():
    assert json.loads(Bodies(as_event_frame, 1).next()[1])["type"] == "event"


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_says_its_length_and_needs_no_masking(size):
    frame = sockets.frame(sockets.TEXT, b"x" * size)

    assert frame[0] == 0x81
    assert frame[1] & 0x80  # a client's frame is masked, here with zeros
    assert frame.endswith(b"\0\0\0\0" + b"x" * size)


@pytest.mark.parametrize("size", [0, 125, 126, 70_000])
def test_a_servers_frame_is_cut_when_it_is_whole(size):
    head = bytes([0x81, size]) if size < 126 else (
        b"\x81\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x81\x7f" + size.to_bytes(8, "big")
    )  # fmt: skip
    whole = head + b"y" * size

    assert sockets.cut(whole + b"more") == (sockets.TEXT, b"y" * size, len(whole))
    assert sockets.cut(whole[:-1]) is None
