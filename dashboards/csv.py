"""Rows as a CSV file whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

# what starts a formula (OWASP, "CSV injection"); static/js/chart-export.js does the same in the browser
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """Numbers as they are; a text that a spreadsheet would run gets an apostrophe in front."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def text_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO()
    file.write("\ufeff")  # spreadsheets take it for UTF-8 by this mark
    writer = csv.writer(file)
    writer.writerow([neutral(name) for name in header])
    writer.writerows([neutral(value) for value in row] for row in rows)
    return file.getvalue()


def response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A download called `name`.csv; `name` is ours, not a tenant's text. The caller bounds the rows."""
    answer = HttpResponse(text_of(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
