"""Cells of a CSV file that no spreadsheet takes for formulas; dashboards/streaming.py makes the file."""

from __future__ import annotations

from typing import Any

# what starts a formula (OWASP, "CSV injection"); static/js/chart-export.js does the same in the browser
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """Numbers as they are; a text that a spreadsheet would run gets an apostrophe in front."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text
