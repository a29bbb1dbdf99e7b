"""Bytes → events: what is refused as a whole, and what only costs one event its place."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest

from events.ingest import decode_batch, decode_body, decode_single
from obc_analytics.errors import BadRequest, TooLarge

GOOD = '{"event_id":"good","event_name":"x"}'


def batch_of(*events: str) -> bytes:
    return ('{"events":[' + ",".join(events) + "]}").encode()


def names(body: bytes) -> list[str | None]:
    return [parsed.event.event_name if parsed.event else None for parsed in decode_batch(body).events]


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"{", b"[]", b"5", b'"x"', b"null", b"{}", b'{"events":5}', b'{"events":{}}', b'{"events":[}',
     b'{"events":[1,]}', b'{"events":[]} x', b"\xff\xfe{", b'{"events":["\xff"]}', "{}".encode("utf-16"),
     b'{"events":[{"a":"\\x"}]}', b'{"events":[NaN', b'{"a":NaN,}', b"{NaN:1}"],
)  # fmt: skip
def test_it_refuses_what_is_no_json_object_with_events(body):
    with pytest.raises(BadRequest):
        decode_batch(body)


@pytest.mark.parametrize(
    "poison",
    ['{"event_name":"p","properties":{"a":NaN}}', '{"event_name":"p","properties":{"a":-Infinity}}',
     '{"event_name":"p","properties":{"a":1e999}}', '{"event_name":"p","properties":{"a":1e131071}}',
     '{"event_name":"p","properties":{"a":"\\ud800"}}', '{"event_name":"p","properties":{"\\udfff":1}}',
     '{"event_name":"p","properties":{"a":' + "9" * 5000 + "}}",
     '{"event_name":"p","properties":{"a":"\\u0000"}}'],
)  # fmt: skip
def test_a_poisoned_event_leaves_its_neighbours_readable(poison):
    assert names(batch_of(GOOD, poison, GOOD)) == ["x", "p", "x"]


@pytest.mark.parametrize("depth", [990, 5_000, 60_000])
@pytest.mark.parametrize("other", ['{"event_name":"n","properties":{"a":NaN}}', '{"event_name":"n"}'])
def test_a_deep_event_is_marked_and_its_neighbours_are_read(depth, other):
    deep = '{"event_name":"d","properties":{"a":' + "[" * depth + "]" * depth + "}}"
    first, second, third = decode_batch(batch_of(GOOD, deep, other)).events
    assert first.event.event_name == "x"
    assert second.too_deep or second.event.event_name == "d"
    assert third.event.event_name == "n"


def test_the_raw_bytes_of_each_event_are_kept_as_they_came():
    odd = '{ "event_name" : "p",  "properties":{"a":NaN} }'
    first, second = decode_batch(batch_of(odd, GOOD)).events
    assert (first.raw, second.raw) == (odd.encode(), GOOD.encode())


def test_brackets_inside_strings_do_not_end_a_deep_event():
    deep = '{"event_name":"]}","properties":{"a\\"]":' + "[" * 20_000 + "]" * 20_000 + "}}"
    events = decode_batch(batch_of(deep, GOOD)).events
    assert [event.too_deep for event in events] == [True, False]


def test_nesting_beyond_any_event_is_a_bad_request():
    with pytest.raises(BadRequest):
        decode_batch(b'{"client":' + b"[" * 100_000 + b"]" * 100_000 + b',"events":[]}')


def test_elements_that_are_no_objects_have_no_event():
    assert names(batch_of("5", '"x"', "[]", "null", GOOD)) == [None, None, None, None, "x"]


def test_a_byte_order_mark_is_no_harm():
    assert names(b"\xef\xbb\xbf" + batch_of(GOOD)) == ["x"]


def test_what_stands_beside_the_events_is_read_in_both_ways():
    for extra in ("1", "NaN"):
        body = f'{{"batch_id":"b","sent_at":"s","x":{extra},"events":[{GOOD}],"api_key":"k"}}'.encode()
        envelope = decode_batch(body)
        assert (envelope.batch_id, envelope.sent_at, envelope.api_key, len(envelope.events)) == ("b", "s", "k", 1)


@pytest.mark.parametrize("poison", ["{}", '{"a":NaN}'])
def test_more_than_a_thousand_events_are_too_large(poison):
    assert len(decode_batch(batch_of(poison, *[GOOD] * 999)).events) == 1000
    with pytest.raises(TooLarge):
        decode_batch(batch_of(poison, *[GOOD] * 1000))


def test_a_single_event_is_read_with_what_stands_beside_it():
    envelope = decode_single(b'{"event_name":"x","sent_at":"s","api_key":"k","properties":{"a":NaN}}')
    assert envelope.events[0].event.event_name == "x"
    assert (envelope.sent_at, envelope.api_key) == ("s", "k")


@pytest.mark.parametrize("body", [b"5", b"[]", b"{", b"", b'"x"', b"NaN"])
def test_a_single_event_must_be_an_object(body):
    with pytest.raises(BadRequest):
        decode_single(body)


def test_gzip_is_recognised_by_its_first_bytes_whatever_the_header_says():
    body = batch_of(GOOD)
    for header in ("gzip", "", "identity"):
        assert decode_body(gzip.compress(body), header) == body
    assert decode_body(body, "gzip") == body


def test_gzip_of_several_members_is_read_whole():
    assert decode_body(gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(b"x" * 1000, mtime=0)[:-4]])
def test_broken_gzip_is_a_bad_request(body):
    with pytest.raises(BadRequest):
        decode_body(body)


def test_an_unknown_encoding_is_a_bad_request():
    with pytest.raises(BadRequest):
        decode_body(b"{}", "br")


def test_a_gzip_bomb_is_refused_without_inflating_it(settings):
    bomb = gzip.compress(b"0" * 200_000_000, compresslevel=1)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decode_body(bomb, "gzip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * settings.INGEST["MAX_BODY"]


def test_a_body_over_the_limit_is_too_large(settings):
    with pytest.raises(TooLarge):
        decode_body(b"x" * (settings.INGEST["MAX_BODY"] + 1))


def test_a_key_that_stands_twice_reads_as_its_last(settings):
    envelope = decode_batch(json.dumps({"batch_id": "a"})[:-1].encode() + b',"batch_id":"b","events":[]}')
    assert envelope.batch_id == "b"
