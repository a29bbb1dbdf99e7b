"""`GET /dashboard`'s answer (events/query/dashboard.py) as the overview's parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.charts import Chart, Figure, Note, Series, over_time, sparkline

TOP = 8  # rows of a list on the overview
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RankRow:
    name: str
    count: int
    users: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of the overview; `field` and `measure` are the answer's names, `teach` its empty state."""

    id: str
    title: str
    what: str
    field: str
    counts: str
    measure: str
    teach: str = ""
    nothing: str = "not set"
    rows: tuple[RankRow, ...] = ()

    def filled(self, answer: Answer) -> Ranking:
        rows = tuple(RankRow(row[self.field] or "", row[self.measure], row["users"]) for row in answer[self.id][:TOP])
        return Ranking(
            self.id, self.title, self.what, self.field, self.counts, self.measure, self.teach, self.nothing, rows
        )

    @property
    def largest(self) -> int:
        return max((row.count for row in self.rows), default=0)


KPIS = (
    # key, label, kind, whether a rise is good
    ("users", "Users", "count", True),
    ("sessions", "Sessions", "count", True),
    ("page_views", "Page views", "count", True),
    ("events", "Events", "count", True),
    ("bounce_rate", "Bounce rate", "share", False),
    ("session_seconds", "Session, median", "seconds", True),
)
RANKINGS = (
    Ranking("top_events", "Top events", "Event", "name", "Count", "count", "Whatever you send first shows here."),
    Ranking("pages", "Pages", "Path", "path", "Views", "views", "Send page_view events: their paths show here."),
    Ranking("referrers", "Referrers", "Site", "host", "Views", "views", "Page views from other sites show here."),
    Ranking("devices", "Devices", "Device", "name", "Events", "events", "Known from the user agent.", "not known"),
    Ranking("browsers", "Browsers", "Browser", "name", "Events", "events", "Known from the user agent.", "not known"),
    Ranking("countries", "Countries", "Country", "name", "Events", "events", "", "not known"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    active_now: int
    kpis: list[Figure]
    chart: Chart
    rankings: list[Ranking]
    recent: Sequence[Answer]
    errors: Sequence[Answer]

    @property
    def is_empty(self) -> bool:
        return self.chart.is_empty and not self.recent


def overview_of(answer: Answer, notes: Sequence[Note] = ()) -> Overview:
    return Overview(
        active_now=answer["active_users"],
        kpis=[_kpi(answer, *kpi) for kpi in KPIS],
        chart=_chart(answer, notes),
        rankings=[ranking.filled(answer) for ranking in RANKINGS if answer[ranking.id] or ranking.teach],
        recent=answer["recent"][:12],
        errors=answer["errors"][:TOP],
    )


def _kpi(answer: Answer, key: str, label: str, kind: str, rise_is_good: bool) -> Figure:
    found, series = answer["kpis"][key], answer["series"]
    partial = any(bucket["incomplete"] for bucket in series["buckets"][-1:])
    spark = sparkline(series[key], partial) if key in series else None
    return Figure(label, found["value"], found["previous"], found["change"], kind, rise_is_good, spark)


def _chart(answer: Answer, notes: Sequence[Note]) -> Chart:
    series = answer["series"]
    before = series["compare"] or {}
    return over_time(
        id="over-time",
        title="Over time",
        buckets=[bucket["label"] for bucket in series["buckets"]],
        incomplete=[bucket["incomplete"] for bucket in series["buckets"]],
        interval=answer["interval"],
        notes=notes,
        series=[
            Series("Events", series["events"], before.get("events", ()), "area", pane=0),
            Series("Users", series["users"], before.get("users", ()), "area", pane=1),
        ],
    )
