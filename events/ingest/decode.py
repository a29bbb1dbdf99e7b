"""Bytes of a request or a frame → an `Envelope` of raw events, so that errors are an event's, not the batch's.

The fast way is msgspec over `list[Raw]`. It refuses the whole text for one NaN, lone surrogate or
deep nesting; then the text is walked with the standard library's scanner, event by event.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings

from obc_analytics.errors import BadRequest, TooLarge

GZIP = b"\x1f\x8b"
MAX_SKIPPED_TOKENS = 200_000  # of events nested too deep to parse; a bound on time, about 0.1 s


class RawEvent(msgspec.Struct):
    """One event as it came; nothing is checked yet, so every field may be anything."""

    event_id: Any = None
    event_name: Any = None
    event_category: Any = None
    timestamp: Any = None
    user_id: Any = None
    device_id: Any = None
    session_id: Any = None
    correlation_id: Any = None
    properties: Any = None
    page_url: Any = None
    referrer: Any = None
    user_agent: Any = None
    device_info: Any = None


@dataclass(slots=True)
class Parsed:
    """One element of `events`: its bytes, its fields when they could be read, else why not."""

    raw: bytes
    event: RawEvent | None
    suspect: bool = False  # may hold NULs, lone surrogates or numbers that are not finite
    too_deep: bool = False


@dataclass(slots=True)
class Envelope:
    events: list[Parsed]
    batch_id: Any = None
    sent_at: Any = None
    api_key: Any = None
    tenant_id: Any = None
    client: Any = None
    size: int = 0  # bytes, decompressed


class _Fast(msgspec.Struct):
    events: list[msgspec.Raw]
    batch_id: Any = None
    sent_at: Any = None
    api_key: Any = None
    tenant_id: Any = None
    client: Any = None


class _Outside(msgspec.Struct):
    """What may stand beside the fields of an event in `POST /events`."""

    sent_at: Any = None
    api_key: Any = None
    tenant_id: Any = None
    client: Any = None
    batch_id: Any = None


_decode_fast = msgspec.json.Decoder(_Fast).decode
_decode_event = msgspec.json.Decoder(RawEvent).decode
_decode_outside = msgspec.json.Decoder(_Outside).decode
_FIELDS = RawEvent.__struct_fields__


def decode_body(body: bytes, content_encoding: str = "") -> bytes:
    """The plain bytes of a body; gunzipped when the header or the first two bytes say so.

    Raises TooLarge past MAX_BODY, having inflated no more than that, and BadRequest for other encodings.
    """
    limit = settings.INGEST["MAX_BODY"]
    encoding = content_encoding.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise BadRequest(f"Content-Encoding {encoding[:40]!r} is not understood: send gzip or nothing.")
    if body[:2] == GZIP:
        return _gunzip(body, limit)
    if len(body) > limit:
        raise TooLarge
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    plain = bytearray()
    rest = body
    while rest:  # a gzip file may have several members
        inflater = zlib.decompressobj(wbits=31)
        try:
            plain += inflater.decompress(rest, limit + 1 - len(plain))
        except zlib.error as error:
            raise BadRequest("The body begins like gzip but can't be decompressed.") from error
        if len(plain) > limit:
            raise TooLarge
        if not inflater.eof:
            raise BadRequest("The gzip body ends too early.")
        rest = inflater.unused_data
    return bytes(plain)


def decode_batch(body: bytes) -> Envelope:
    """A body of `POST /batch` or a `batch` frame: `{"events": […], "batch_id"?, "sent_at"?, …}`.

    Raises BadRequest for what is no JSON object with a list `events`, TooLarge past MAX_EVENTS.
    """
    _check_text(body)
    try:
        fast = _decode_fast(body)
        events = [_parse(bytes(raw)) for raw in _bounded(fast.events)]
        beside: _Fast | _Outside = fast
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        events, beside = _walk(body)
    return Envelope(events, beside.batch_id, beside.sent_at, beside.api_key, beside.tenant_id, beside.client, len(body))


def decode_single(body: bytes) -> Envelope:
    """A body of `POST /events`: one event, with `sent_at` and `api_key` beside its fields."""
    _check_text(body)
    parsed = _parse(body)
    try:
        beside = _decode_outside(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = _load(body.decode()) if not parsed.too_deep else {}
        if not isinstance(found, dict):
            raise BadRequest("The body must be a JSON object: one event.") from None
        beside = _outside_of(found)
    return Envelope(
        [parsed], beside.batch_id, beside.sent_at, beside.api_key, beside.tenant_id, beside.client, len(body)
    )


def decode_events(raws: list[bytes]) -> Envelope:
    """Events that are at hand one by one: a replay, an import. Each is a JSON object's bytes."""
    return Envelope([_parse(raw) for raw in raws], size=sum(map(len, raws)))


def _check_text(body: bytes) -> None:
    if not body.strip():
        raise BadRequest("The body is empty.")
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise BadRequest("The body is not UTF-8.") from error


def _bounded(events: list[Any]) -> list[Any]:
    limit = settings.INGEST["MAX_EVENTS"]
    if len(events) > limit:
        raise TooLarge(f"At most {limit:,} events a batch.", max_events=limit)
    return events


def _parse(raw: bytes) -> Parsed:
    try:
        return Parsed(raw, _decode_event(raw), suspect=b"\\u0000" in raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return Parsed(raw, _event_of(_load(raw.decode())), suspect=True)
    except RecursionError:
        return Parsed(raw, None, too_deep=True)


def _event_of(found: Any) -> RawEvent | None:
    if not isinstance(found, dict):
        return None
    return RawEvent(*[found.get(name) for name in _FIELDS])


def _outside_of(found: dict[str, Any]) -> _Outside:
    return _Outside(*[found.get(name) for name in _Outside.__struct_fields__])


# --- the slow way -----------------------------------------------------------------------------------


def _whole_number(digits: str) -> int | float:
    """Python refuses to read more than 4,300 digits; so long a number counts as not finite."""
    return int(digits) if len(digits) <= 4_000 else float("inf")


_decoder = json.JSONDecoder(parse_int=_whole_number)
_SPACE = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def _load(text: str) -> Any:
    try:
        return _decoder.decode(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None


def _walk(body: bytes) -> tuple[list[Parsed], _Outside]:
    """Envelope and events of a text that msgspec refuses, each event on its own."""
    text = body.decode().removeprefix("\ufeff")
    beside: dict[str, Any] = {}
    events: list[Parsed] | None = None
    try:
        for name, start in _members(text, beside):
            if name == "events":
                events = []
                beside[name] = _elements(text, start, events)
    except (ValueError, IndexError) as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deep.") from None
    if events is None:
        raise BadRequest('The body must be a JSON object with a list "events".')
    return _bounded(events), _outside_of(beside)


def _members(text: str, found: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Walk the top object. The caller handles a member by setting `found[name]` to its end."""
    at = _space(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError('it must be an object with a list "events"')
    at = _space(text, at + 1)
    while text[at : at + 1] != "}":
        name, at = _decoder.raw_decode(text, at)
        at = _space(text, at)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            raise ValueError(f"a name and a colon were expected at character {at}")
        at = _space(text, at + 1)
        if name == "events" and text[at : at + 1] == "[":
            yield name, at
            at = found[name]
        else:
            found[name], at = _decoder.raw_decode(text, at)
        at = _comma(text, _space(text, at), "}")
    if text[at + 1 :].strip():
        raise ValueError("something follows its end")


def _elements(text: str, start: int, events: list[Parsed]) -> int:
    """Append the elements of the array that begins at `start`; the index behind its end."""
    budget = MAX_SKIPPED_TOKENS
    limit = settings.INGEST["MAX_EVENTS"]
    at = _space(text, start + 1)
    while text[at : at + 1] != "]":
        try:
            found, end = _decoder.raw_decode(text, at)
            parsed = Parsed(b"", _event_of(found), suspect=True)
        except RecursionError:
            end, budget = _skip(text, at, budget)
            parsed = Parsed(b"", None, too_deep=True)
        if len(events) > limit:
            raise TooLarge(f"At most {limit:,} events a batch.", max_events=limit)
        parsed.raw = text[at:end].encode()
        events.append(parsed)
        at = _comma(text, _space(text, end), "]")
    return at + 1


def _skip(text: str, start: int, budget: int) -> tuple[int, int]:
    """The end of a value that is nested too deep to be parsed, by counting brackets."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        mark = token.group()
        depth += (mark in "[{") - (mark in "]}")
        budget -= 1
        if depth == 0:
            return token.end(), budget
        if budget < 0:
            break
    raise ValueError("an event is nested too deep")


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _comma(text: str, at: int, closing: str) -> int:
    """Behind a comma, or at the closing bracket."""
    if text[at : at + 1] == ",":
        after = _space(text, at + 1)
        if text[after : after + 1] == closing:
            raise ValueError(f"a value was expected at character {after}")
        return after
    if text[at : at + 1] != closing:
        raise ValueError(f"a comma or {closing} was expected at character {at}")
    return at
