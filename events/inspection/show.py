"""Hostile JSON and bytes as text that a person can read and that does nothing."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

SHOWN = 64 * 1024  # characters; the rest is only counted
# controls, marks that turn the direction of text, lone surrogates: shown by their number
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """The text with everything invisible written as \\uXXXX, but line ends and tabs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in INVISIBLE and char not in "\n\t" else char
        for char in text
    )


def block(text: str) -> SafeString:
    """A <pre> of the text, escaped; of a very long one its beginning."""
    shown, rest = plain(text[:SHOWN]), max(0, len(text) - SHOWN)
    more = f"\n… and {rest:,} more characters" if rest else ""
    return format_html('<pre class="obc-code">{}{}</pre>', shown, more)


def json_block(value: Any) -> SafeString | str:
    """A JSON value, indented; a dash for none."""
    if value is None:
        return "-"
    return block(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False))


def raw_block(raw: bytes | memoryview) -> SafeString:
    """Bytes as they came: indented when they are JSON, else as text with its broken bytes shown."""
    text = bytes(raw).decode("utf-8", errors="backslashreplace")
    try:
        return block(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):  # cut, too deep, a number of 5,000 digits
        return block(text)
