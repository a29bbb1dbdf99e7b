"""CORS headers of the write doors, the same behind ASGI's consumer and the REST viewset.

Any page may read any answer: the key decides what is taken, and an error that a page can't read shows there
as 'status 0'. Whether the tenant takes events from that origin is told by the answer, not by its headers.
No cookie is ever looked at here, so credentials are not allowed.
"""

from __future__ import annotations

METHODS = "POST, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Content-Encoding, X-Api-Key"
MAX_AGE = "7200"  # seconds; the most Chromium keeps a preflight's answer


def headers(origin: str | None) -> dict[str, str]:
    """Headers for every answer of a write door, errors included."""
    return {
        "Access-Control-Allow-Origin": _printable(origin) or "*",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": MAX_AGE,
        "Vary": "Origin",
    }


def preflight_headers(origin: str | None) -> dict[str, str]:
    """Headers for the answer to OPTIONS, which anybody gets: the key isn't there yet."""
    return {
        **headers(origin),
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
    }


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The same as ASGI wants them."""
    return [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers.items()]


def _printable(origin: str | None) -> str:
    """The origin, unless it could not stand in a header."""
    return origin if origin and origin.isascii() and origin.isprintable() and len(origin) <= 300 else ""
