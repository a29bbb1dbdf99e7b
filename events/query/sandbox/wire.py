"""Values of DuckDB as JSON that loses nothing a reader would notice."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

SAFE = 2**53  # beyond it a JavaScript number is another number


def plain(value: Any) -> Any:
    """Whole numbers beyond 2^53, and decimals that no float holds, are text; what is not finite is null; bytes
    are hexadecimal; an instant with a zone is RFC 3339 in UTC, one without stays without."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -SAFE <= value <= SAFE else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value) if value.is_finite() and Decimal(repr(float(value))) == value else str(value)
        case datetime():
            return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat()[:-6] + "Z"
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict():
            return {str(plain(name)): plain(each) for name, each in value.items()}
        case list() | tuple() | set():
            return [plain(each) for each in value]
    return str(value)
