"""What a form says of a tile, a board or a note, checked. Each raises BadRequest with a sentence for the person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from dashboards.models import TileKind
from dashboards.models.boards import COLUMNS, HIGHEST, LOWEST, MOST_TILES, NARROWEST
from events.query.types import OF_PROPERTY, Trends, parse_question
from obc_analytics.errors import BadRequest, NotFound

Form = Mapping[str, str]
SIZES = {TileKind.INSIGHT: (6, 4), TileKind.NUMBER: (3, 2), TileKind.TEXT: (12, 1)}  # of a new tile: width, height
MEASURES = (
    ("uniques", "People"),
    ("total", "Events"),
    ("sessions", "Sessions"),
    ("per_user", "Events per person"),
    *((name, f"{label} of a property") for name, label in (("sum", "Sum"), ("avg", "Average"), ("p50", "Median"))),
)


def text_of(form: Form, name: str, longest: int, what: str, needed: bool = True) -> str:
    """A field's text without spaces around it."""
    found = form.get(name, "").replace("\r\n", "\n").strip()
    if "\x00" in found:
        raise BadRequest(f"{what} holds a character that can't be kept.")
    if len(found) > longest:
        raise BadRequest(f"{what} may have {longest:,} characters; this has {len(found):,}.")
    if needed and not found:
        raise BadRequest(f"{what} is missing.")
    return found


def id_of(text: str, what: str) -> uuid.UUID:
    """Raises NotFound: what has no id is not there."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(f"There is no such {what}.") from None


def day_of(form: Form, name: str = "day") -> date:
    try:
        found = date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise BadRequest("The day is missing, or is no date such as 2026-11-24.") from None
    if not 1971 <= found.year <= 9000:
        raise BadRequest("This day is out of range.")
    return found


def note_tile(form: Form) -> dict[str, Any]:
    """Fields of a text tile: a heading, a text, or both."""
    title = text_of(form, "title", 200, "The heading", needed=False)
    text = text_of(form, "text", 5_000, "The text", needed=not title)
    return {"kind": TileKind.TEXT, "title": title, "text": text}


def insight_tile(form: Form) -> dict[str, Any]:
    """What can be changed of an insight's tile here: its title. Without one it has the insight's name."""
    return {"title": text_of(form, "title", 200, "The title", needed=False)}


def number_tile(form: Form) -> dict[str, Any]:
    """Fields of a number: one series of a trend, by day, compared with the period before."""
    measure = form.get("measure", "uniques")
    series = {"event": text_of(form, "event", 255, "The event", needed=False) or "*", "measure": measure}
    if measure in OF_PROPERTY:
        series["property"] = text_of(form, "property", 255, "The property to measure")
    question = {"kind": "trends", "interval": "day", "compare": "previous_period", "series": [series]}
    parse_question(question)
    return {
        "kind": TileKind.NUMBER,
        "title": text_of(form, "title", 200, "The label", needed=False) or _named(series),
        "question": question,
    }


def _named(series: Mapping[str, str]) -> str:
    """What a number without a label is called."""
    measure = dict(MEASURES).get(series["measure"], series["measure"]).removesuffix(" of a property")
    if "property" in series:
        return f"{measure} of {series['property']}"[:200]
    return measure if series["event"] == "*" else f"{measure}: {series['event']}"[:200]


def series_of(question: Any) -> Mapping[str, Any]:
    """The series of a number tile as its form shows it; empty when it is none any more."""
    try:
        parsed = parse_question(question)
    except BadRequest:
        return {}
    return msgspec.to_builtins(parsed.series[0]) if isinstance(parsed, Trends) else {}


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a tile stands is its number in the list; `w` and `h` are columns and rows."""

    id: uuid.UUID
    w: int
    h: int

    def __post_init__(self) -> None:
        if not (NARROWEST <= self.w <= COLUMNS and LOWEST <= self.h <= HIGHEST):
            raise ValueError(f"a tile has {NARROWEST} to {COLUMNS} columns and {LOWEST} to {HIGHEST} rows")


def places_of(body: bytes) -> list[tuple[uuid.UUID, int, int]]:
    """An arrangement as board.js sends it: `[{"id", "w", "h"}, …]`, first to last."""
    try:
        found = msgspec.json.decode(body, type=list[Place])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(f"The arrangement is not understood: {error}") from None
    if len(found) > MOST_TILES:
        raise BadRequest(f"A board has at most {MOST_TILES} tiles.")
    return [(place.id, place.w, place.h) for place in found]
