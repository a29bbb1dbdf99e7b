"""Times as clients write them: RFC 3339, or milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(value: Any) -> datetime | None:
    """The instant in UTC; None for what is no time. A time without an offset is taken as UTC."""
    try:
        if type(value) is str:
            if value.isdecimal() and len(value) > 8:  # milliseconds; `20261123` is a date
                return EPOCH + timedelta(milliseconds=int(value))
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if type(value) in (int, float):
            return EPOCH + timedelta(milliseconds=value)
    except (ValueError, OverflowError):
        pass
    return None
