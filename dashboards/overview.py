"""`GET /dashboard`'s answer (events/query/dashboard.py) as the overview's parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.charts import Chart, Figure, Note, Series, over_time, sparkline
from dashboards.charts.trends import BEFORE
from dashboards.ranked import RANKINGS, TOP, Answer, Ranking, behind
from dashboards.state import PageState
from events.query.types import Series as Counted

KPIS = (
    # key, label, kind, whether a rise is good
    ("users", "Users", "count", True),
    ("sessions", "Sessions", "count", True),
    ("page_views", "Page views", "count", True),
    ("events", "Events", "count", True),
    ("bounce_rate", "Bounce rate", "share", False),
    ("session_seconds", "Session, median", "seconds", True),
)
PEOPLE: Mapping[str, Mapping[str, Any]] = {"users": {"series": 1}, "events": {}}  # whose numbers can be opened


@dataclass(frozen=True, slots=True)
class Overview:
    active_now: int
    kpis: list[Figure]
    chart: Chart
    rankings: list[Ranking]
    recent: Sequence[Answer]
    errors: Sequence[Answer]
    question: Mapping[str, Any]

    @property
    def payload(self) -> Mapping[str, Any]:
        return {"question": self.question}

    @property
    def is_empty(self) -> bool:
        return self.chart.is_empty and not self.recent


def overview_of(answer: Answer, state: PageState, notes: Sequence[Note] = ()) -> Overview:
    question = behind(state, (Counted(measure="total"), Counted(measure="uniques")), answer["interval"])
    return Overview(
        active_now=answer["active_users"],
        kpis=[_kpi(answer, *kpi) for kpi in KPIS],
        chart=_chart(answer, notes, question),
        rankings=[ranking.filled(answer, state) for ranking in RANKINGS if answer[ranking.id] or ranking.teach],
        recent=answer["recent"][:12],
        errors=answer["errors"][:TOP],
        question=question,
    )


def _kpi(answer: Answer, key: str, label: str, kind: str, rise_is_good: bool) -> Figure:
    found, series = answer["kpis"][key], answer["series"]
    partial = any(bucket["incomplete"] for bucket in series["buckets"][-1:])
    spark = sparkline(series[key], partial) if key in series else None
    at = PEOPLE.get(key)
    return Figure(label, found["value"], found["previous"], found["change"], kind, rise_is_good, spark, at)


def _chart(answer: Answer, notes: Sequence[Note], question: Mapping[str, Any]) -> Chart:
    series = answer["series"]
    before = series["compare"] or {}
    chart = over_time(
        id="over-time",
        title="Over time",
        buckets=[bucket["label"] for bucket in series["buckets"]],
        incomplete=[bucket["incomplete"] for bucket in series["buckets"]],
        interval=answer["interval"],
        notes=notes,
        series=[
            Series("Events", series["events"], before.get("events", ()), "area", pane=0),
            Series("Users", series["users"], before.get("users", ()), "area", pane=1, at={"series": 1}),
        ],
        question=question,
    )
    return replace(chart, before=BEFORE.get(answer["compare"] or "", ""))
