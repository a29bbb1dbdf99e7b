"""What every chart is made of, whatever its kind: a drawing for the client, a table, words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards.charts.figures import Figure
from dashboards.charts.formats import say
from dashboards.charts.picking import Picker

Number = int | float | None
At = Mapping[str, Any]  # types.At as JSON data, without what is default
SHOWN = 8  # series drawn at first, as there are colours; the rest by the legend
OTHER, NONE = "$other", "$none"  # as breakdowns name what is beyond the top, and what is not set


@dataclass(frozen=True, slots=True)
class Series:
    """One number a point in `values`; `compare` has the same points of the period before.

    `mark` is line, area or bar. Bars of one `stack` stand on each other. Panes share the x axis, not the scale.
    `colour` is a token's number (1 to 8), 0 the grey of `$other`, None the next free one. `at` says with the
    chart's `points` whom a mark stands for; `ats` says it mark by mark.
    """

    label: str
    values: Sequence[Number]
    compare: Sequence[Number] = ()
    mark: str = "line"
    pane: int = 0
    stack: str = "all"
    colour: int | None = None
    faded: bool = False
    texts: Sequence[str] = ()  # printed at the marks
    said: Sequence[str] = ()  # on hover, where a mark says more than its number
    at: At = field(default_factory=dict)
    ats: Sequence[At] = ()
    total: Number = None

    def payload(self, position: int) -> dict[str, Any]:
        found = {
            "label": self.label,
            "values": list(self.values),
            "compare": list(self.compare),
            "mark": self.mark,
            "pane": self.pane,
            "stack": self.stack,
            "colour": position % SHOWN + 1 if self.colour is None else self.colour,
            "faded": self.faded,
            "texts": list(self.texts),
            "at": dict(self.at),
        }
        if self.said:
            found["said"] = list(self.said)
        return {**found, "ats": [dict(at) for at in self.ats]} if self.ats else found


@dataclass(frozen=True, slots=True)
class Note:
    """A dated remark: `when` is a local day or RFC 3339 text, as buckets are labelled."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Axes:
    """A drawing of points × series. `incomplete` marks points that are not over: dashed, "so far"."""

    labels: Sequence[str]
    series: Sequence[Series]
    incomplete: Sequence[bool] = ()
    points: Sequence[At] = ()
    format: str = "count"
    notes: Sequence[tuple[int, str, str]] = ()  # (point, text, its own day)
    by_time: bool = True

    def payload(self) -> dict[str, Any]:
        return {
            "kind": "axes",
            "labels": list(self.labels),
            "incomplete": list(self.incomplete) or [False] * len(self.labels),
            "series": [series.payload(position) for position, series in enumerate(self.series)],
            "points": [dict(at) for at in self.points],
            "panes": max((series.pane for series in self.series), default=0) + 1,
            "format": self.format,
            "notes": [list(note) for note in self.notes],
            "byTime": self.by_time,
        }

    @property
    def has_compare(self) -> bool:
        return any(series.compare for series in self.series)


@dataclass(frozen=True, slots=True)
class Streams:
    """A drawing of links between nodes in columns. A node is `{"id", "label", "depth", "count", "colour", "at"}`."""

    nodes: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]

    def payload(self) -> dict[str, Any]:
        return {"kind": "streams", "nodes": list(self.nodes), "links": list(self.links)}


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is exact, for CSV and the title; `text` is shown; `heat` is a step of the scale, 0 (none) to 7."""

    value: Number | str
    text: str
    at: At | None = None
    heat: int | None = None
    number: bool = True
    open: bool = False  # of something that is not over

    @classmethod
    def of(cls, value: Number, format_: str = "count", at: At | None = None, **more: Any) -> Cell:
        return cls(value, say(value, format_), at, **more)

    @classmethod
    def words(cls, text: str) -> Cell:
        return cls(text, text, number=False)

    @property
    def picks(self) -> str:
        """The `at` as JSON; empty for a number that opens nothing."""
        return "" if self.at is None or not self.value else json.dumps(self.at, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    number: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    head: str
    cells: Sequence[Cell]
    remark: str = ""  # such as "so far"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` without the first, which is `head`."""

    head: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Chart:
    """`id` is unique on its page. Without a drawing the table (or the figures) is the picture.

    `question` is the question as JSON data when its numbers can be opened.
    """

    id: str
    title: str
    table: Table
    description: str
    drawing: Axes | Streams | None = None
    figures: Sequence[Figure] = ()
    question: Mapping[str, Any] | None = None
    remark: str = ""  # said below: "26 more rows"
    low: bool = False
    is_empty: bool = False
    before: str = "period before"  # what the dotted lines are
    name: str = ""  # of its file, where the title alone tells too little
    period: str = ""  # said below the name in a picture: "Last 30 days · UTC"
    picker: Picker | None = None  # which value of a breakdown is drawn, where there is room for one

    @property
    def size(self) -> str:
        """Its height's class: fixed before anything is drawn, so that nothing moves."""
        return "low" if self.low else "tall" if isinstance(self.drawing, Streams) else ""

    @property
    def legend(self) -> list[dict[str, Any]]:
        """One entry a series: number, label, colour, mark, and whether it is drawn at first."""
        series = self.drawing.series if isinstance(self.drawing, Axes) else ()
        found = [each.payload(position) for position, each in enumerate(series)]
        return [
            {**{name: each[name] for name in ("label", "colour", "mark", "faded")}, "number": at, "shown": at < SHOWN}
            for at, each in enumerate(found)
        ]

    @property
    def has_compare(self) -> bool:
        return isinstance(self.drawing, Axes) and self.drawing.has_compare

    @property
    def has_open(self) -> bool:
        """Whether a point that is drawn is not over yet."""
        return isinstance(self.drawing, Axes) and any(self.drawing.incomplete)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """(day, text) of each dated remark."""
        if not isinstance(self.drawing, Axes):
            return []
        return [(day, text) for _, text, day in self.drawing.notes]

    @property
    def payload(self) -> dict[str, Any]:
        drawn = self.drawing.payload() if self.drawing else {"kind": "table"}
        part = self.picker.said if self.picker else ""
        file = {"name": self.name or self.title, "period": " · ".join(filter(None, (self.period, part)))}
        found = {"title": self.title, "file": file, "description": self.description, "question": self.question}
        return {**found, "part": part, **drawn} if part else {**found, **drawn}
