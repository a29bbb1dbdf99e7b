"""How an answer is shown: its chart, its number format, and the range it is asked for. Kept beside a saved question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from obc_analytics.errors import BadRequest

Chart = Literal["line", "area", "bar", "table", "number", "heat", "curves", "steps", "sankey"]
Format = Literal["number", "percent", "currency", "duration"]
CHARTS: dict[str, tuple[Chart, ...]] = {  # the first is what a new question shows
    "trends": ("line", "area", "bar", "table", "number"),
    "funnel": ("steps", "table"),
    "retention": ("heat", "curves", "table"),
    "flows": ("sankey", "table"),
    "lifecycle": ("bar", "table"),
    "stickiness": ("bar", "table"),
}
FORMATS: tuple[Format, ...] = get_args(Format)


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`unit` is a currency's ISO 4217 code; `range` as pages name it: `30d`, `2026-10-01..2026-10-31`."""

    chart: Chart | None = None
    format: Format = "number"
    unit: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None = None
    range: (
        Annotated[str, Meta(pattern=r"^([0-9]{1,4}[a-z]{1,2}|[0-9]{4}(-[0-9]{2}){2}\.\.[0-9]{4}(-[0-9]{2}){2})$")]
        | None
    ) = None
    timezone: Annotated[str, Meta(max_length=64)] | None = None

    def plain(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)


def parse_view(value: Any, kind: str) -> View:
    """A view from decoded JSON. Raises BadRequest naming the path of the wrong part, below `$.view`."""
    try:
        view = msgspec.convert(value, type=View)
    except (msgspec.ValidationError, RecursionError) as error:
        text, _, path = str(error).partition(" - at ")
        path = "$.view" + path.strip("`").removeprefix("$")
        raise BadRequest(f"{text} at {path}", path=path) from None
    if view.chart and view.chart not in CHARTS[kind]:
        raise BadRequest(f"{kind} is shown as {', '.join(CHARTS[kind])}, at $.view.chart", path="$.view.chart")
    return view


def view_of(query: Mapping[str, str], kind: str) -> View:
    """The view that a URL's `chart`, `format` and `unit` name; what is wrong or does not fit the kind falls back."""
    chart, format_, unit = query.get("chart", ""), query.get("format", ""), query.get("unit", "").upper()
    return View(
        chart=chart if chart in CHARTS[kind] else CHARTS[kind][0],  # type: ignore[arg-type]
        format=format_ if format_ in FORMATS else "number",  # type: ignore[arg-type]
        unit=unit if len(unit) == 3 and unit.isascii() and unit.isalpha() else None,
    )
