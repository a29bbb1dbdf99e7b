"""Instants and durations as people read them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def iso(micros: int) -> str:
    return moment(micros).isoformat().replace("+00:00", "Z")


def clock(micros: int, zone: zoneinfo.ZoneInfo) -> str:
    """`2026-11-10 10:02:00` in a zone."""
    return moment(micros).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def edge(micros: int, zone: zoneinfo.ZoneInfo) -> str:
    """The same, of an instant between two days `2026-11-10`: the one that begins."""
    return clock(micros, zone).removesuffix(" 00:00:00")


def duration(micros: int) -> str:
    """`7 d 3 h`, `12 min 4 s`, `250 ms`: the two largest units."""
    parts = []
    rest = micros
    for name, size in (
        ("d", 86_400_000_000),
        ("h", 3_600_000_000),
        ("min", 60_000_000),
        ("s", 1_000_000),
        ("ms", 1_000),
    ):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or f"{rest} µs"


def later(micros: int) -> str:
    """How long after something else, in a sentence."""
    return f"{duration(micros)} later" if micros else "at the same moment"


def span(seconds: float) -> str:
    """`duration` of seconds, whole ones from a second on: `4 min 2 s`, `250 ms`, `0 s`."""
    whole = round(seconds) if seconds >= 1 else seconds
    return duration(round(whole * 1_000_000)) if round(whole * 1_000) else "0 s"
