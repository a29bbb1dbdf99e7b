"""The overview's lists: a value opens the page filtered by it, its users are a click away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboards.filtering import joined, read_filters
from dashboards.insights.state import range_of
from dashboards.state import PageState
from events.query.types import Filter, Series, Trends, to_json

TOP = 8  # rows of a list
LONGEST = 1000  # characters of a value that an address carries
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RankRow:
    """A value and its figures. `only`: the page's query with a filter on it; `at`: whom its users are."""

    name: str | None
    count: int
    users: int
    only: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of the overview; `field` and `measure` are the answer's names, `teach` its empty state.

    `filtered_by` is the property that a click on a value filters by. Its users are those of any `event` whose `of`
    (by default the same property) has the value: the question behind says exactly what is listed.
    """

    id: str
    title: str
    what: str
    field: str
    counts: str
    measure: str
    filtered_by: str
    teach: str = ""
    nothing: str = "not set"
    event: str = "*"
    of: str = ""
    rows: tuple[RankRow, ...] = ()
    question: Mapping[str, Any] | None = None

    def filled(self, answer: Answer, state: PageState) -> Ranking:
        found = answer[self.id][:TOP]
        filters = [_is(self.filtered_by, row[self.field]) for row in found]
        of = [_is(self.of or self.filtered_by, row[self.field]) for row in found]
        series = tuple(Series(event=self.event, measure="uniques", filters=(each,)) for each in of if each)
        rows = list[RankRow]()
        for row, filter_ in zip(found, filters, strict=True):
            number = sum(other is not None for other in filters[: len(rows)])
            at = json.dumps({"series": number} if number else {}) if filter_ else ""
            rows.append(RankRow(row[self.field], row[self.measure], row["users"], narrowed(state, filter_), at))
        return replace(self, rows=tuple(rows), question=behind(state, series) if series else None)

    @property
    def payload(self) -> Mapping[str, Any]:
        return {"title": self.title, "question": self.question}

    @property
    def largest(self) -> int:
        return max((row.count for row in self.rows), default=0)


def _is(name: str, value: str | None) -> Filter | None:
    """None for a text that is too long to be asked for."""
    if value is None:
        return Filter(name, "is_not_set")
    return Filter(name, "is", value) if len(value) <= LONGEST else None


def narrowed(state: PageState, filter_: Filter | None) -> str:
    """The page's query with one more filter; empty where an address can't say it."""
    added = read_filters([joined(filter_.property, filter_.op, filter_.value or "")])[0] if filter_ else []
    texts = {each.text for each in state.filters}
    return state.query(filters=(*state.filters, *(each for each in added if each.text not in texts))) if added else ""


def behind(state: PageState, series: tuple[Series, ...], interval: Any = "day") -> dict[str, Any]:
    """The question whose numbers these are, so that the people behind them can be asked for."""
    return to_json(
        Trends(series=series, interval=interval, range=range_of(state), filters=tuple(state.question_filters))
    )


AGENT = "Known from the user agent."
RANKINGS = (
    Ranking(
        "top_events", "Top events", "Event", "name", "Count", "count", "$event_name",
        "Whatever you send first shows here.",
    ),
    Ranking(
        "pages", "Pages", "Path", "path", "Views", "views", "$path",
        "Send page_view events: their paths show here.", event="page_view", of="$view_path",
    ),
    Ranking(
        "referrers", "Referrers", "Site", "host", "Views", "views", "$referring_domain",
        "Page views from other sites show here.", event="page_view", of="$referring_site",
    ),
    Ranking("devices", "Devices", "Device", "name", "Events", "events", "$device_type", AGENT, "not known"),
    Ranking("browsers", "Browsers", "Browser", "name", "Events", "events", "$browser", AGENT, "not known"),
    Ranking("countries", "Countries", "Country", "name", "Events", "events", "$country", "", "not known"),
)  # fmt: skip
