"""What a page's URL says: range, time zone, comparison. Every state of a page has a URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.utils.timezone import now as wall_clock

from events.query.spans import PRESETS, Span, span
from obc_analytics.errors import BadRequest

DEFAULT = "7d"
WORDS = {"24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", "90d": "last 90 days"}


@dataclass(frozen=True, slots=True)
class PageState:
    """`range` is a preset or `2026-10-01..2026-10-31` (local days, inclusive)."""

    range: str = DEFAULT
    timezone: str = "UTC"
    home_timezone: str = "UTC"
    compare: bool = True
    problem: str = ""
    usual: str = DEFAULT  # the range that the page has when its URL names none
    kept: tuple[tuple[str, str], ...] = ()  # what else the page's URL says, such as q; links to other ranges keep it

    @classmethod
    def read(cls, query: Mapping[str, str], home_timezone: str) -> PageState:
        """The state a query string names. A bad part is reported and replaced; the rest is kept."""
        state = cls(timezone=home_timezone, home_timezone=home_timezone, compare=query.get("compare") != "0")
        wanted = {"timezone": query.get("tz"), "range": _range_in(query)}
        for name, value in wanted.items():
            if value:
                state = state._with(name, value)
        return state

    def _with(self, name: str, value: str) -> PageState:
        changed = replace(self, **{name: value})  # type: ignore[arg-type]
        try:
            changed.span(wall_clock())
        except BadRequest as error:
            return replace(self, problem=f"{self.problem} {error.message}".strip())
        return changed

    def span(self, now: datetime) -> Span:
        """The range's buckets."""
        return span(self.range, self.timezone, now)

    @property
    def label(self) -> str:
        return WORDS.get(self.range) or self.range.replace("..", " to ")

    @property
    def dates(self) -> tuple[str, str]:
        """First and last day of a range of dates; empty for a preset."""
        first, _, last = self.range.partition("..")
        return (first, last) if last else ("", "")

    def query(self, **changes: object) -> str:
        """`?range=…` of this state with changes; what is default is left out."""
        state = replace(self, **changes)  # type: ignore[arg-type]
        parts = {
            "range": state.range if state.range != state.usual else "",
            "tz": state.timezone if state.timezone != state.home_timezone else "",
            "compare": "" if state.compare else "0",
        }
        named = [(name, value) for name, value in (*state.kept, *parts.items()) if value]
        return f"?{urlencode(named)}" if named else "?"

    def choices(self) -> list[tuple[str, str, bool]]:
        """(label, query, chosen) of each preset."""
        return [(name, self.query(range=name), name == self.range) for name in PRESETS]

    @property
    def other_compare(self) -> str:
        """The query that turns the comparison off, or on."""
        return self.query(compare=not self.compare)


def _range_in(query: Mapping[str, str]) -> str:
    """`range=`, or `from=` and `to=` as a form of two dates sends them."""
    if query.get("from") and query.get("to"):
        return f"{query['from']}..{query['to']}"
    return query.get("range", "")
