"""Query parameters of the read API: unknown ones and bad values are 400 and named."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from events.ingest import times
from obc_analytics.errors import BadRequest

ALWAYS = {"tenant_id", "key"}  # who asks, wherever a key or a session may (tenants/access.py)


def check_names(query: Any, allowed: Iterable[str], prefix: str = "") -> None:
    """Raises BadRequest naming parameters that are unknown or given twice. `prefix`: an open family of names."""
    known = {*allowed}
    for name in query:
        open_name = prefix and name.startswith(prefix)
        if name not in known | ALWAYS and not open_name:
            shown = sorted(known) + ([f"{prefix}<key>"] if prefix else [])
            raise BadRequest(
                f"{name[:60]!r} is no parameter here; allowed are {', '.join(shown) or 'none'}.",
                parameter=name[:200],
                allowed=shown,
            )
        if len(query.getlist(name)) > 1 and not open_name:
            raise BadRequest(f"{name}: given more than once.", parameter=name)


def instant(query: Any, name: str) -> datetime | None:
    text = query.get(name, "")
    if not text:
        return None
    found = times.parse(text) or times.parse(text.replace(" ", "+"))  # a plus sign that was not escaped
    if found is None:
        raise BadRequest(
            f"{name}: give RFC 3339, such as 2026-11-23T10:00:00Z, or milliseconds since 1970.", parameter=name
        )
    return found


def whole_number(query: Any, name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
        raise BadRequest(f"{name}: give a whole number from {low} to {high:,}.", parameter=name)
    return int(text)


def choice(query: Any, name: str, choices: Iterable[str], default: str) -> str:
    text = query.get(name, "") or default
    if text not in choices:
        raise BadRequest(f"{name}: {text[:60]!r} is not known; allowed are {', '.join(choices)}.", parameter=name)
    return text
