"""Bodies that are encoded once; a request only puts fresh ids in, by one `bytes.replace`."""

from __future__ import annotations

import itertools
import json
import os
import time
from datetime import UTC, datetime

MARK = "@@@@@@@@-@@@@"  # the first 48 bits of a UUIDv7, where its time stands
TEMPLATES = 16
USERS = 5_000
AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "


class Bodies:
    """Rising ids in the order of time, as the browser's, that no other process makes."""

    def __init__(self, encode_template, count: int) -> None:  # type: ignore[no-untyped-def]
        self._tail = os.urandom(3).hex()
        self._number = itertools.count(int(time.time() * 1000))
        self._templates = itertools.cycle(
            [encode_template([self._event(count * part + n, n) for n in range(count)]) for part in range(TEMPLATES)]
        )

    def next(self) -> tuple[bytes, bytes]:
        """What all ids of the body begin with, and the body."""
        number = next(self._number)
        begin = b"%08x-%04x" % (number >> 16 & 0xFFFFFFFF, number & 0xFFFF)
        return begin, next(self._templates).replace(MARK.encode(), begin)

    def _event(self, number: int, index: int) -> dict[str, object]:
        user = number * 7919 % USERS
        return {
            "event_id": f"{MARK}-7{self._tail[:3]}-8{self._tail[3:]}-{index:012x}",
            "event_name": ("page_view", "button_click", "search", "dataset_opened")[number % 4],
            "event_category": "interaction",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "user_id": f"5b1c0a52-8b6f-4b52-9d5c-{user:012x}",
            "device_id": f"d-{user:08x}",
            "session_id": f"s-{number:08x}",
            "correlation_id": f"c-{number:08x}",
            "properties": {"context": "dashboard", "position": number % 20, "flag": True, "path": "/projects/overview"},
            "page_url": "https://app.example/projects/overview",
            "referrer": "https://app.example/dashboard",
            "user_agent": AGENT + "Safari/537.36",
            "device_info": {"browser": "Chrome", "os": "Mac OS X", "device_type": "desktop"},
        }


def as_batch(events: list[dict[str, object]]) -> bytes:
    """A body of `POST /batch`."""
    return compact({"batch_id": f"b-{MARK}", "events": events})


def as_single(events: list[dict[str, object]]) -> bytes:
    """A body of `POST /events`."""
    return compact(events[0])


def as_batch_frame(events: list[dict[str, object]]) -> bytes:
    return compact({"type": "batch", "batch_id": f"b-{MARK}", "events": events})


def as_event_frame(events: list[dict[str, object]]) -> bytes:
    return compact({"type": "event", "event": events[0]})


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
