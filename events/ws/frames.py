"""Text frames of `/ws/analytics` → what they ask for."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from events.ingest import Envelope, decode_batch, decode_events
from obc_analytics.errors import BadRequest

MAX_TOKENS = 200_000  # strings and brackets of a frame that has to be walked; a bound on time, about 0.1 s
MAX_USER = 255


class Frame(msgspec.Struct):
    type: Any = None
    event: msgspec.Raw = msgspec.Raw()  # empty: there is none
    batch_id: Any = None
    sent_at: Any = None
    user_id: Any = None
    t: Any = None
    tenant_id: Any = None


_decode = msgspec.json.Decoder(Frame).decode
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(r"\s*:\s*(?=[\[{])")


def read(text: str) -> Frame:
    """Raises BadRequest for what is no JSON object with a `type`."""
    try:
        frame = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        frame = _walk(text)
    if type(frame.type) is not str:
        raise BadRequest('A frame is a JSON object with a "type".')
    return frame


def events_of(frame: Frame, text: str) -> Envelope:
    """The events of an `event` or `batch` frame. Raises BadRequest, TooLarge."""
    if frame.type == "batch":
        return decode_batch(text.encode())
    if not bytes(frame.event):
        raise BadRequest('A frame of type "event" has an "event".')
    envelope = decode_events([bytes(frame.event)])
    envelope.sent_at = frame.sent_at
    envelope.tenant_id = frame.tenant_id
    return envelope


def user_of(frame: Frame) -> str:
    """The `user_id` of an `identify` frame. Raises BadRequest."""
    if type(frame.user_id) is not str or not 0 < len(frame.user_id) <= MAX_USER:
        raise BadRequest(f"user_id must be a string of 1 to {MAX_USER} characters.")
    return frame.user_id


def echo_of(frame: Frame) -> int | float | str | None:
    """The `t` of a heartbeat, as it came, if it is short."""
    if type(frame.t) in (int, float) or (type(frame.t) is str and len(frame.t) <= 64):
        return frame.t
    return None


def _walk(text: str) -> Frame:
    """The frame around an event that msgspec refuses: NaN, a lone surrogate, deep nesting."""
    cut, event = _cut_event(text)
    try:
        found = json.loads(cut)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The frame is not JSON.") from error
    if not isinstance(found, dict):
        raise BadRequest('A frame is a JSON object with a "type".')
    beside: dict[str, Any] = {name: found.get(name) for name in Frame.__struct_fields__}
    beside["event"] = msgspec.Raw(event.encode())
    return Frame(**beside)  # type: ignore[arg-type]


def _cut_event(text: str) -> tuple[str, str]:
    """The text with null for the objects and lists under "event" and "events", and the one under "event"."""
    kept: list[str] = []
    event, depth, copied, name, begin = "", 0, 0, "", -1
    for number, token in enumerate(_TOKEN.finditer(text)):
        mark = token.group()
        if number > MAX_TOKENS:
            raise BadRequest("The frame is nested too deep or too long to be read.")
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
            if depth == 1 and begin >= 0:
                kept += [text[copied:begin], "null"]
                event = text[begin : token.end()] if name == '"event"' else event
                copied, begin = token.end(), -1
        elif depth == 1 and mark in ('"event"', '"events"') and (colon := _COLON.match(text, token.end())):
            name, begin = mark, colon.end()
    return "".join(kept) + text[copied:], event
