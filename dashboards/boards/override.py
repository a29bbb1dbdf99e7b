"""What a board's address lays over all its tiles: range, time zone, comparison, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from dashboards.state import DEFAULT, WORDS, PageState
from events.query.spans import PRESETS, rfc3339, span
from events.query.types import Range, Sql, Trends

OWN_RANGE = "30d"  # of a tile whose insight names none, as a question without a range
HOURLY_DAYS = 14  # longer ranges are not drawn by the hour


@dataclass(frozen=True, slots=True)
class Override:
    """`ranged`: the address names a range. Without one, each tile keeps its own."""

    state: PageState
    ranged: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str], state: PageState) -> Override:
        named = bool(query.get("range") or (query.get("from") and query.get("to")))
        return cls(state, named and not state.problem)

    @property
    def query(self) -> str:
        """`?range=…` of this override."""
        return _named(self.state, self.state.range) if self.ranged else self.state.query(range=DEFAULT)

    def choices(self) -> list[tuple[str, str, bool]]:
        """(label, query, chosen): as saved, and each preset."""
        own = ("As saved", self.state.query(range=DEFAULT), not self.ranged)
        presets = [(name, _named(self.state, name), self.ranged and name == self.state.range) for name in PRESETS]
        return [own, *presets]

    @property
    def label(self) -> str:
        return self.state.label if self.ranged else "ranges as saved"

    @property
    def dates(self) -> tuple[str, str]:
        return self.state.dates if self.ranged else ("", "")

    @property
    def other_compare(self) -> str:
        """The query that turns the comparison off, or on."""
        return replace(self, state=replace(self.state, compare=not self.state.compare)).query


def _named(state: PageState, name: str) -> str:
    """The query with the range in it, even where pages have it as their default."""
    query = state.query(range=name)
    return query if name != DEFAULT else f"{query}{'&' if len(query) > 1 else ''}{urlencode({'range': name})}"


def laid_over(question: Any, override: Override, own_range: str, now: datetime) -> Any:
    """The question of a tile as it is asked on the board. A statement (SQL) says its range and filters itself."""
    if isinstance(question, Sql):
        return question
    state = override.state
    name = state.range if override.ranged else own_range
    asked = msgspec.structs.replace(question, range=range_of(name, state.timezone, now))
    if not isinstance(asked, Trends):
        return asked
    compare = asked.compare if state.compare else None
    return msgspec.structs.replace(asked, compare=compare, interval=_interval(asked, name, state.timezone, now))


def range_of(name: str, timezone: str, now: datetime) -> Range:
    """`30d` or `2026-10-01..2026-10-31` as a question has it. Raises BadRequest."""
    found = span(name, timezone, now)
    if name == "24h":
        return Range(rfc3339(found.since), rfc3339(found.until), timezone)
    last = found.until - timedelta(microseconds=1)
    days = [moment.astimezone(found.zone).date().isoformat() for moment in (found.since, last)]
    return Range(days[0], days[1], timezone)


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
