"""Numbers, durations, buckets and breakdown values as people read them. static/js/chart-format.js says the same."""

from __future__ import annotations

from collections.abc import Sequence

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WORDS = {"$none": "not set", "$other": "Other", "$end": "End of session"}
FORMATS = ("count", "share", "percent", "seconds", "milliseconds")  # and currency:<ISO 4217 code>


def say(value: int | float | None, format_: str = "count") -> str:
    """1234 → `1,234`; share 0.412 → `41.2%`; percent 41.2 → `41.2%`; 93.5 seconds → `1m 34s`; None → `–`.

    2310 milliseconds → `2.31 s`.
    """
    if value is None:
        return "–"
    if format_ == "share":
        return f"{value * 100:.1f}%"
    if format_ == "percent":
        return f"{value:,.1f}%"
    if format_ == "seconds":
        return duration(value)
    if format_ == "milliseconds":
        return f"{value / 1000:.2f} s" if abs(value) >= 1000 else f"{value:.0f} ms"
    if format_.startswith("currency:"):
        return f"{format_.removeprefix('currency:')} {value:,.2f}"
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4f}".rstrip("0")


def duration(seconds: float) -> str:
    """The two largest units: `2d 3h`, `1m 35s`, `9s`; below ten seconds with a tenth where there is one."""
    if abs(seconds) < 10 and round(seconds, 1) % 1:
        return f"{seconds:.1f}s"
    rest = round(abs(seconds))
    parts: list[str] = []
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count}{letter}")
    return ("-" if seconds < 0 else "") + (" ".join(parts[:2]) or "0s")


def bucket_label(bucket: str, interval: str) -> str:
    """`2026-11-23` → `23 Nov` (month: `Nov 2026`); `2026-11-23T14:00…` → `23 Nov 14:00`. Anything else as it is."""
    try:
        month, day = MONTHS[int(bucket[5:7]) - 1], int(bucket[8:10])
    except (ValueError, IndexError):
        return bucket
    if interval == "month":
        return f"{month} {bucket[:4]}"
    clock = f" {bucket[11:16]}" if interval in {"hour", "minute"} and len(bucket) >= 16 else ""
    return f"{day} {month}{clock}"


class Named(list[object]):
    """A breakdown's values with a label of their own."""

    label = ""


def values_label(values: Sequence[object]) -> str:
    """A breakdown's values: `Chrome · not set`, or what they were said to be called."""
    if isinstance(values, Named):
        return values.label
    return " · ".join(WORDS.get(str(value), str(value) or "(empty)") for value in values)


def event_label(event: str | Sequence[str]) -> str:
    """An event or several that count as one; `*` is any."""
    names = [event] if isinstance(event, str) else list(event)
    return "Any event" if "*" in names else " or ".join(WORDS.get(name, name) for name in names)
