"""How an answer is shown: its chart, its number format, and the range it is asked for. Kept beside a saved question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboards import charts
from dashboards.charts.picking import told
from dashboards.insights import reading
from dashboards.insights.draft import KINDS
from events.query.types import Sql
from obc_analytics.errors import BadRequest

# as the chart component names them; the first is what a new question shows
CHARTS: dict[str, list[tuple[str, str]]] = {
    **{kind: charts.views_of(reading.first(kind)) for kind in KINDS},
    "sql": charts.views_of(Sql(sql="select 1")),
}
FORMAT = r"^(count|share|percent|seconds|milliseconds|currency:[A-Z]{3})$"
RANGE = r"^([0-9]{1,4}[a-z]{1,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})$"


BY_VALUE = frozenset({"lifecycle", "flows"})  # kinds whose chart has room for one value of a breakdown
VALUE = r"^[^\u0000\ud800-\udfff]*\Z"  # what PostgreSQL's JSON can hold


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`chart` '' is the kind's own; `range` as pages name it: `30d`, `2026-10-01..2026-10-31`; `value` the values of
    a lifecycle's or flows' breakdown that are drawn, none for everybody."""

    chart: Annotated[str, Meta(max_length=20)] = ""
    format: Annotated[str, Meta(pattern=FORMAT)] = "count"
    range: Annotated[str, Meta(pattern=RANGE)] | None = None
    value: Annotated[tuple[Annotated[str, Meta(max_length=1_000, pattern=VALUE)], ...], Meta(max_length=3)] = ()

    def plain(self) -> dict[str, Any]:
        return msgspec.to_builtins(self)

    @property
    def told_value(self) -> str:
        """`value` as an address has it; `[]` says everybody where something else is saved."""
        return told(self.value)


def charts_of(kind: str) -> list[str]:
    return [name for name, _ in CHARTS[kind]]


def parse_view(value: Any, kind: str) -> View:
    """A view from decoded JSON. Raises BadRequest naming the path of the wrong part, below `$.view`."""
    try:
        view = msgspec.convert(value, type=View)
    except (msgspec.ValidationError, RecursionError) as error:
        text, _, path = str(error).partition(" - at ")
        path = "$.view" + path.strip("`").removeprefix("$")
        raise BadRequest(f"{text} at {path}", path=path) from None
    if view.chart and view.chart not in charts_of(kind):
        raise BadRequest(f"{kind} is shown as {', '.join(charts_of(kind))}, at $.view.chart", path="$.view.chart")
    if view.value and kind not in BY_VALUE:
        raise BadRequest("one value is drawn of lifecycle and flows only, at $.view.value", path="$.view.value")
    return view


def view_of(named: Mapping[str, str], kind: str, fallback: View | None = None) -> View:
    """The view that a URL's or a form's `chart`, `format` and `value` (as JSON) name. What is wrong, or is of another
    kind, falls back."""
    view = fallback or View()
    for name in ("chart", "format", "value"):
        if text := named.get(name):
            try:
                view = parse_view({**view.plain(), name: json.loads(text) if name == "value" else text}, kind)
            except (BadRequest, ValueError, RecursionError):
                continue
    return view if view.chart in ("", *charts_of(kind)) else msgspec.structs.replace(view, chart="")


@dataclass(frozen=True, slots=True)
class Looks:
    """The two choices of a form, and the value that was chosen beside the chart, as an address has it."""

    charts: list[tuple[str, str, bool]]
    formats: list[tuple[str, str, bool]]
    value: str


FORMATS = (
    ("count", "1,234"),
    ("percent", "12.3%"),
    ("share", "0.123 as 12.3%"),
    ("seconds", "Duration, of seconds"),
    ("milliseconds", "Duration, of milliseconds"),
    *((f"currency:{code}", code) for code in ("EUR", "USD", "GBP", "CHF", "JPY")),
)


def looks_of(view: View, kind: str) -> Looks:
    chart = view.chart or charts_of(kind)[0]
    known = dict(FORMATS)
    formats = known if view.format in known else {**known, view.format: view.format.removeprefix("currency:")}
    return Looks(
        [(name, label, name == chart) for name, label in CHARTS[kind]],
        [(name, label, name == view.format) for name, label in formats.items()],
        view.told_value,
    )
