"""Making hostile values storable: NULs, lone surrogates, numbers that are not finite, depth, size."""

from __future__ import annotations

import math
import re
from typing import Any

REPLACEMENT = "\ufffd"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's text takes neither

MAX_DEPTH = 8  # levels of objects and lists, the properties object itself being the first


def text(value: str) -> str:
    """The string with each NUL and lone surrogate replaced by U+FFFD."""
    return UNSTORABLE.sub(REPLACEMENT, value)


def is_clean(value: str) -> bool:
    return UNSTORABLE.search(value) is None


def deeper_than(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested more than `levels` deep in `value`, itself included."""
    if type(value) is dict:
        return levels == 0 or any(
            deeper_than(part, levels - 1) for part in value.values() if type(part) is dict or type(part) is list
        )
    if type(value) is list:
        return levels == 0 or any(
            deeper_than(part, levels - 1) for part in value if type(part) is dict or type(part) is list
        )
    return False


def json_value(value: Any) -> Any:
    """A copy that PostgreSQL's jsonb takes. Call only after `deeper_than` has bounded the depth."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {text(name): json_value(part) for name, part in value.items()}
    if isinstance(value, list):
        return [json_value(part) for part in value]
    return value
