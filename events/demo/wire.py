"""Events as bytes, spliced from parts that a visit or a page shares: ten times cheaper than encoding each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

encode = msgspec.json.encode
Timed = tuple[int, bytes]  # milliseconds since 1970, and one event's JSON


def text(value: str) -> bytes:
    return encode(value)


def time_of(at: int) -> bytes:
    return b"%s.%03dZ" % (datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19].encode(), at % 1000)


def event_id(visit: str, number: int) -> bytes:
    """A UUID: the visit's 32 hex digits, the last twelve replaced by the number of the event in it."""
    return f"{visit[:8]}-{visit[8:12]}-{visit[12:16]}-{visit[16:20]}-{number:012x}".encode()


def members(**fields: Any) -> bytes:
    """`,"name":value` of each field that is not None: to be spliced into an object."""
    return b"".join(b',"%s":%s' % (name.encode(), encode(value)) for name, value in fields.items() if value is not None)


def event(id_: bytes, name: bytes, at: int, properties: dict[str, Any], shared: bytes) -> Timed:
    """`shared` is what `members` made for the visit and the page; `name` is JSON without its quotes."""
    return at, b'{"event_id":"%s","event_name":"%s","timestamp":"%s","properties":%s%s}' % (
        id_,
        name,
        time_of(at),
        encode(properties),
        shared,
    )


def batch(batch_id: str, sent_at: int, events: list[bytes]) -> bytes:
    head = b'{"batch_id":%s,"sent_at":"%s","events":[' % (text(batch_id), time_of(sent_at))
    return head + b",".join(events) + b"]}"
