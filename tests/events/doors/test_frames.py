"""Reading text frames of `/ws/analytics`."""

from __future__ import annotations

import time

import pytest

from events.ws import frames
from obc_analytics.errors import BadRequest


def events_of(text: str):
    return frames.events_of(frames.read(text), text).events


@pytest.mark.parametrize("text", ["", "x", "[]", "5", "null", '{"a":1}', '{"type":5}', '{"type":"event"', "{" * 5000])
def test_what_is_no_object_with_a_type_is_refused(text):
    with pytest.raises(BadRequest):
        frames.read(text)


def test_an_event_frame_needs_an_event():
    with pytest.raises(BadRequest, match="event"):
        events_of('{"type":"event"}')


def test_an_ordinary_frame_is_read_the_fast_way(monkeypatch):
    monkeypatch.delattr(frames, "_walk")
    assert events_of('{"type":"event","event":{"event_name":"a","properties":{"a":[1]}}}')[0].event.event_name == "a"
    assert events_of('{"type":"batch","batch_id":"b","events":[{"event_name":"a"}]}')[0].event.event_name == "a"


def test_the_type_may_stand_behind_the_event():
    assert events_of('{"event":{"event_name":"a"},"type":"event"}')[0].event.event_name == "a"


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", '"\\ud800"', "1e131071", "9" * 5000])
def test_a_value_that_msgspec_refuses_spoils_no_frame(value):
    text = f'{{"type":"event","sent_at":5,"event":{{"event_name":"a","properties":{{"v":{value}}}}}}}'
    frame = frames.read(text)
    assert frames.events_of(frame, text).sent_at == 5
    assert events_of(text)[0].event.event_name == "a"


def test_a_string_that_looks_like_the_key_is_not_taken_for_it():
    text = '{"type":"event","t":NaN,"x":{"event":{"event_name":"wrong"}},"event":{"event_name":"right"}}'
    assert events_of(text)[0].event.event_name == "right"


def test_an_event_nested_without_end_is_an_event_that_is_too_deep():
    text = '{"type":"event","event":{"event_name":"a","properties":' + "[" * 20_000 + "]" * 20_000 + "}}"
    assert events_of(text)[0].too_deep


def test_a_frame_of_brackets_is_given_up_in_time():
    started = time.process_time()
    with pytest.raises(BadRequest):
        frames.read('{"type":"event","event":' + "[" * 1_000_000)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("t", "echo"), [("5", 5), ("5.5", 5.5), ('"a"', "a"), ("[1]", None), ('"' + "x" * 65 + '"', None)]
)
def test_a_heartbeat_echoes_a_short_t(t, echo):
    assert frames.echo_of(frames.read(f'{{"type":"heartbeat","t":{t}}}')) == echo


@pytest.mark.parametrize("user_id", ['""', "5", "null", '"' + "x" * 256 + '"'])
def test_identify_needs_a_string_of_usual_length(user_id):
    with pytest.raises(BadRequest):
        frames.user_of(frames.read(f'{{"type":"identify","user_id":{user_id}}}'))
