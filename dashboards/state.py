"""What a page's URL says: range, time zone, comparison. Every state of a page has a URL."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

PRESETS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
DEFAULT = "7d"
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class PageState:
    """`range` is a preset or `2026-10-01..2026-10-31` (local days, inclusive)."""

    range: str = DEFAULT
    timezone: str = "UTC"
    home_timezone: str = "UTC"
    compare: bool = True
    problem: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], home_timezone: str) -> PageState:
        """The state a query string names. A bad part is reported and replaced; the rest is kept."""
        state = cls(timezone=home_timezone, home_timezone=home_timezone, compare=query.get("compare") != "0")
        problems = []
        if wanted := query.get("range"):
            try:
                state = replace(state, range=_checked_range(wanted))
            except ValueError as error:
                problems.append(str(error))
        if name := query.get("tz"):
            if name in zoneinfo.available_timezones():
                state = replace(state, timezone=name)
            else:
                problems.append(f"“{name[:60]}” is no time zone's name; {home_timezone} is used.")
        return replace(state, problem=" ".join(problems))

    @property
    def is_preset(self) -> bool:
        return self.range in PRESETS

    @property
    def label(self) -> str:
        return f"last {PRESETS[self.range]}" if self.is_preset else self.range.replace("..", " to ")

    def query(self, **changes: object) -> str:
        """`?range=…` of this state with changes; what is default is left out."""
        state = replace(self, **changes)  # type: ignore[arg-type]
        parts = {
            "range": state.range if state.range != DEFAULT else "",
            "tz": state.timezone if state.timezone != state.home_timezone else "",
            "compare": "" if state.compare else "0",
        }
        named = {name: value for name, value in parts.items() if value}
        return f"?{urlencode(named)}" if named else "?"

    def choices(self) -> list[tuple[str, str, bool]]:
        """(label, query, chosen) of each preset."""
        return [(name, self.query(range=name), name == self.range) for name in PRESETS]

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The instants [since, until) of the range. Days are whole local days, today included."""
        zone = zoneinfo.ZoneInfo(self.timezone)
        if self.range == "24h":
            hour = now.replace(minute=0, second=0, microsecond=0)
            return hour - timedelta(hours=23), now
        if self.is_preset:
            today = now.astimezone(zone).date()
            return _midnight(today - timedelta(days=int(self.range[:-1]) - 1), zone), now
        first, last = _days(self.range)
        return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last)


def _checked_range(text: str) -> str:
    if text in PRESETS:
        return text
    try:
        first, last = _days(text)
    except ValueError:
        raise ValueError(f"“{text[:60]}” is no range; try 7d or 2026-10-01..2026-10-31.") from None
    if last < first:
        raise ValueError("The range ends before it starts.")
    if (last - first).days >= MAX_DAYS:
        raise ValueError(f"A range has at most {MAX_DAYS} days.")
    return f"{first.isoformat()}..{last.isoformat()}"
