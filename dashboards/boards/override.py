"""What a board's address lays over all its tiles: range, time zone, comparison, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from dashboards.insights.state import range_of
from dashboards.state import COMPARED, WORDS, PageState
from events.query.spans import span
from events.query.types import Sql, Trends

OWN_RANGE = "30d"  # of a tile whose insight names none, as a question without a range
HOURLY_DAYS = 14  # longer ranges are not drawn by the hour


@dataclass(frozen=True, slots=True)
class Override:
    """`state.range` is empty where the address names none: then each tile keeps its own."""

    state: PageState

    @classmethod
    def read(cls, query: Mapping[str, str], state: PageState) -> Override:
        dates = f"{query.get('from')}..{query.get('to')}"
        named = state.range in {query.get("range"), dates}
        return cls(replace(state, usual="", range=state.range if named else ""))

    @property
    def ranged(self) -> bool:
        return bool(self.state.range)

    @property
    def query(self) -> str:
        """`?range=…` of this override."""
        return self.state.query()

    @property
    def saved_query(self) -> str:
        """The query that leaves each tile its own range."""
        return self.state.query(range="")

    @property
    def label(self) -> str:
        """`last 7 days · $browser is Chrome`."""
        hidden = ["without internal users"] if self.state.hides_internal else []
        filters = [label for label, _ in self.state.chips]
        return " · ".join([self.state.label or "ranges as saved", *filters, *hidden])


def laid_over(question: Any, override: Override, own_range: str, now: datetime) -> Any:
    """The question of a tile as it is asked on the board. A statement (SQL) says its range and filters itself."""
    if isinstance(question, Sql):
        return question
    state = override.state
    name = state.range if override.ranged else own_range
    asked = msgspec.structs.replace(question, range=range_of(replace(state, range=name), now))
    asked = msgspec.structs.replace(asked, filters=(*asked.filters, *state.question_filters))
    if not isinstance(asked, Trends):
        return asked
    # a tile that compares with something compares with what the address says, where it says more than the usual
    compare = asked.compare and (asked.compare if state.compare == COMPARED else state.compare or None)
    return msgspec.structs.replace(asked, compare=compare, interval=_interval(asked, name, state.timezone, now))


def _interval(question: Trends, name: str, timezone: str, now: datetime) -> Any:
    """Its own, unless the range leaves one bucket of it, or thousands."""
    found = span(name, timezone, now)
    if found.interval == "hour":
        return "hour"
    long = found.until - found.since > timedelta(days=HOURLY_DAYS)
    return "day" if question.interval == "hour" and long else question.interval


def label_of(name: str) -> str:
    """`30d` → `last 30 days`, `2026-10-01..2026-10-31` → `2026-10-01 to 2026-10-31`."""
    return WORDS.get(name) or name.replace("..", " to ")
