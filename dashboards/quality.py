"""Errors, web vitals and forms (events/query) as the quality pages' parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.charts import Chart, Note, Series, Sparkline, over_time, say, sparkline
from events.query.forms import OUTCOMES
from events.query.vitals import THRESHOLDS

Answer = Mapping[str, Any]

METRICS = {
    "LCP": ("Largest Contentful Paint", "when the main content has appeared"),
    "INP": ("Interaction to Next Paint", "how long the page takes to answer a click or key"),
    "CLS": ("Cumulative Layout Shift", "how far things jump while the page loads"),
    "FCP": ("First Contentful Paint", "when the first thing has appeared"),
    "TTFB": ("Time to First Byte", "how long the server and the network take"),
}
RATINGS = {"good": ("good", "good"), "needs-improvement": ("warn", "needs work"), "poor": ("bad", "poor")}
OUTCOME_WORDS = {
    "succeeded": "submitted without an error",
    "failed": "submitted, with errors each time",
    "abandoned": "left unsubmitted, and the form told so",
    "left": "nothing came after the start",
}


# --- errors -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One group of the list. `spark` is its trend in the range; None where there is nothing to draw."""

    group: Answer
    spark: Sparkline | None


def error_rows(answer: Answer) -> list[ErrorRow]:
    partial = any(answer["incomplete"][-1:])
    return [ErrorRow(group, sparkline(group["trend"], partial)) for group in answer["groups"]]


def errors_chart(answer: Answer, interval: str, notes: Sequence[Note] = ()) -> Chart:
    series = [Series("Errors", answer["trend"], mark="bar")]
    return _chart("errors-over-time", "Errors", answer, interval, series, notes)


# --- web vitals ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vital:
    """A metric's card. Shares are percentages of the measurements."""

    metric: str
    name: str
    meaning: str
    value: str
    tone: str
    word: str
    count: int
    good: str
    poor: str
    shares: list[tuple[str, str, float, float]]
    chosen: bool


def vitals_of(answer: Answer, chosen: str) -> list[Vital]:
    return [_vital(entry, entry["metric"] == chosen) for entry in answer["metrics"]]


def _vital(entry: Answer, chosen: bool) -> Vital:
    metric, (tone, word) = entry["metric"], RATINGS[entry["rating"]]
    parts, at = [], 0.0
    for rating, count in entry["shares"].items():
        width = 100 * count / entry["count"]
        parts.append((RATINGS[rating][0], RATINGS[rating][1], at, width))
        at += width
    return Vital(
        metric, *METRICS[metric], measured(metric, entry["p75"]), tone, word, entry["count"],
        measured(metric, entry["good"]), measured(metric, entry["poor"]), parts, chosen,
    )  # fmt: skip


def measured(metric: str, value: float | None) -> str:
    """`2.31 s`, `180 ms`, and CLS as it is: `0.08`."""
    if value is None:
        return "–"
    if metric == "CLS":
        return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    return say(value, "milliseconds")


@dataclass(frozen=True, slots=True)
class VitalPage:
    """A page on a kind of device; one (value, tone, word, measurements) a metric, None where it was not measured."""

    page: str
    device: str
    count: int
    cells: list[tuple[str, str, str, int] | None]


def vital_pages(answer: Answer, shown: Sequence[str]) -> list[VitalPage]:
    def cell(metric: str, entry: Answer | None) -> tuple[str, str, str, int] | None:
        if entry is None:
            return None
        tone, word = RATINGS[entry["rating"]]
        return measured(metric, entry["p75"]), tone, word, entry["count"]

    return [
        VitalPage(row["page"], row["device"], row["count"], [cell(name, row["metrics"].get(name)) for name in shown])
        for row in answer["pages"]
    ]


def vital_charts(answer: Answer, chosen: str, interval: str, notes: Sequence[Note] = ()) -> list[Chart]:
    """The chosen metric's distribution, and its 75th percentile over time."""
    entry = next((each for each in answer["metrics"] if each["metric"] == chosen), None)
    if entry is None:
        return []
    trend = [value and round(value, 3) for value in entry["trend"]]
    series = [Series(f"{chosen} p75", trend)]
    format_ = "count" if chosen == "CLS" else "milliseconds"
    trend_chart = _chart("vital-over-time", f"{chosen}, 75th percentile", answer, interval, series, notes, format_)
    return [_distribution(entry), trend_chart]


def _distribution(entry: Answer) -> Chart:
    """Bins in the class of their lower edge: thresholds are edges of bins, or lie within one."""
    bins, (good, poor) = entry["histogram"], THRESHOLDS[entry["metric"]]
    classes = ["Good" if each["from"] < good else "Needs work" if each["from"] < poor else "Poor" for each in bins]
    return over_time(
        id="vital-distribution",
        title=f"{entry['metric']}, distribution",
        buckets=[f"from {measured(entry['metric'], each['from'])}" for each in bins],
        interval="value",
        low=True,
        series=[
            Series(name, _of_class(name, bins, classes), mark="bar", colour=colour)
            for name, colour in (("Good", 3), ("Needs work", 2), ("Poor", 7))
        ],
    )


def _of_class(name: str, bins: Sequence[Answer], classes: Sequence[str]) -> list[int]:
    return [each["count"] if found == name else 0 for each, found in zip(bins, classes, strict=True)]


# --- forms --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FormRow:
    """`parts`: (outcome, its count, where its bar begins, how wide it is) in percent of the starts."""

    form: Answer
    parts: list[tuple[str, int, float, float]]
    rate: float


def form_rows(answer: Answer) -> list[FormRow]:
    return [_form_row(form) for form in answer["forms"]]


def _form_row(form: Answer) -> FormRow:
    parts, at = [], 0.0
    for outcome in OUTCOMES:
        width = 100 * form[outcome] / form["starts"]
        parts.append((outcome, form[outcome], at, width))
        at += width
    return FormRow(form, parts, form["succeeded"] / form["starts"])


def forms_chart(answer: Answer, interval: str, notes: Sequence[Note] = ()) -> Chart:
    series = [Series("Started", answer["starts"]), Series("Succeeded", answer["succeeded"])]
    return _chart("forms-over-time", "Attempts, by their start", answer, interval, series, notes)


def _chart(
    id_: str,
    title: str,
    answer: Answer,
    interval: str,
    series: list[Series],
    notes: Sequence[Note],
    format_: str = "count",
) -> Chart:
    return over_time(
        id=id_, title=title, buckets=answer["buckets"], incomplete=answer["incomplete"], interval=interval, low=True,
        series=series, notes=notes, format=format_,
    )  # fmt: skip
