"""A CSV download, sent while it is read, whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from dashboards.csv import neutral


def lines(header: Sequence[str], pages: Iterable[Iterable[Sequence[Any]]]) -> Iterator[bytes]:
    """The file in pieces, one a page. A byte order mark makes spreadsheets read it as UTF-8."""
    yield b"\xef\xbb\xbf" + _encoded([header])
    for page in pages:
        yield _encoded(page)


def _encoded(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([neutral(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def csv_response(request: HttpRequest, name: str, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """`name` is ours, not a tenant's text."""
    content = _pulled(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


async def _pulled(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    def pull() -> bytes | None:
        return next(pieces, None)

    while (piece := await sync_to_async(pull)()) is not None:
        yield piece
