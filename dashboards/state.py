"""What a page's URL says: range, time zone, comparison, filters. Every state of a page has a URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.timezone import now as wall_clock

from dashboards.cohorts.internal import HIDE, NONE, NOT_SET, Lookup, without
from dashboards.cohorts.naming import PREFIX
from dashboards.filtering import Chosen, joined, read_filters
from events.query.spans import PRESETS, Span, span
from events.query.types import Filter
from obc_analytics.errors import BadRequest

DEFAULT = "7d"
COMPARES = {"": "Nothing", "previous_period": "Period before", "previous_year": "Year before"}
COMPARED = "previous_period"  # unless the URL says otherwise; `compare=0` is nothing
WORDS = {"24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", "90d": "last 90 days"}


@dataclass(frozen=True, slots=True)
class PageState:
    """`range` is a preset or `2026-10-01..2026-10-31` (local days, inclusive)."""

    range: str = DEFAULT
    timezone: str = "UTC"
    home_timezone: str = "UTC"
    compare: str = COMPARED  # one of COMPARES
    filters: tuple[Chosen, ...] = ()
    problem: str = ""
    usual: str = DEFAULT  # the range that the page has when its URL names none
    hides_internal: bool = False  # whether the tenant's own people are left out; only where a cohort of them is set
    cohorts: Lookup = NONE
    kept: tuple[tuple[str, str], ...] = ()  # what else the page's URL says, such as q; links to other ranges keep it

    @classmethod
    def read(
        cls,
        query: Mapping[str, str],
        home_timezone: str,
        own_timezone: str = "",
        cohorts: Callable[[], Lookup] = Lookup,
    ) -> PageState:
        """The state a query string names. A bad part is reported and replaced; the rest is kept.

        `own_timezone` is the reader's choice where the URL says nothing; links then name it, so they mean one thing.
        `cohorts` is called when the URL names any.
        """
        compare, problem = _compare_in(query)
        state = cls(timezone=home_timezone, home_timezone=home_timezone, compare=compare, problem=problem)
        wanted = {"timezone": query.get("tz") or own_timezone, "range": _range_in(query)}
        for name, value in wanted.items():
            if value:
                state = state._with(name, value)
        chosen, problem = read_filters(_all(query, "f"))
        state = replace(state, filters=tuple(chosen), problem=f"{state.problem} {problem}".strip())
        hides = query.get("internal") == HIDE
        return state._with_cohorts(cohorts(), hides) if hides or any(each.of_cohort for each in chosen) else state

    def _with_cohorts(self, cohorts: Lookup, hides: bool) -> PageState:
        problem = f"{self.problem} {NOT_SET}".strip() if hides and not cohorts.internal else self.problem
        return replace(self, cohorts=cohorts, hides_internal=hides and bool(cohorts.internal), problem=problem)

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
        named = replace(self, **changes).parts  # type: ignore[arg-type]
        return f"?{urlencode(named)}" if named else "?"

    @property
    def carried(self) -> str:
        """The query that other pages take this one's range, zone, comparison and filters from; empty when usual."""
        return replace(self, kept=(), usual=DEFAULT).query().removesuffix("?")

    @property
    def parts(self) -> list[tuple[str, str]]:
        """(name, value) of all that differs from the default: what a form has to carry on, too."""
        parts = {
            "range": self.range if self.range != self.usual else "",
            "tz": self.timezone if self.timezone != self.home_timezone else "",
            "compare": "" if self.compare == COMPARED else self.compare or "0",
            "internal": HIDE if self.hides_internal else "",
        }
        filters = [("f", each.text) for each in self.filters]
        return [(name, value) for name, value in (*filters, *self.kept, *parts.items()) if value]

    @property
    def parts_without_dates(self) -> list[tuple[str, str]]:
        """What the form of dates and a zone carries on; a preset too, which holds while both dates are empty."""
        asked = {"range", "tz"} if self.dates[0] else {"tz"}
        return [(name, value) for name, value in self.parts if name not in asked]

    @property
    def question_filters(self) -> list[Filter]:
        """The filters as questions take them, and the one that hides the tenant's own people."""
        hidden = [without(self.cohorts.internal)] if self.hides_internal else []
        return [*[each.filter for each in self.filters], *hidden]

    @property
    def chips(self) -> list[tuple[str, str]]:
        """(label, query without it) of each filter."""
        names = self.cohorts.names
        return [
            (each.label_with(names), self.query(filters=tuple(other for other in self.filters if other is not each)))
            for each in self.filters
        ]

    @property
    def internal_switch(self) -> str:
        """The query that hides the tenant's own people, or shows them again."""
        if self.hides_internal:
            return self.query(hides_internal=False)
        query = self.query()
        return f"{query}{'' if query == '?' else '&'}internal={HIDE}"

    def choices(self) -> list[tuple[str, str, bool]]:
        """(label, query, chosen) of each preset."""
        return [(name, self.query(range=name), name == self.range) for name in PRESETS]

    def compares(self) -> list[tuple[str, str, bool]]:
        """(label, query, chosen) of each comparison."""
        return [(label, self.query(compare=name), name == self.compare) for name, label in COMPARES.items()]

    @property
    def compared_with(self) -> str:
        return COMPARES[self.compare].lower()


def _range_in(query: Mapping[str, str]) -> str:
    """`range=`, or `from=` and `to=` as a form of two dates sends them; one alone is a range that is told as wrong."""
    first, last = query.get("from", ""), query.get("to", "")
    if first or last:
        return f"{first}..{last}"
    return query.get("range", "")


def _compare_in(query: Mapping[str, str]) -> tuple[str, str]:
    """The comparison, and what is wrong with the one that was named."""
    named = query.get("compare", "")
    if named == "0":
        return "", ""
    if named in COMPARES or named == "1":
        return named if named in COMPARES and named else COMPARED, ""
    return COMPARED, f"compare: {named[:40]!r} is not known; allowed are previous_period, previous_year and 0."


def _all(query: Mapping[str, str], name: str) -> Sequence[str]:
    """All values of a repeated part; a plain mapping has one."""
    getlist = getattr(query, "getlist", None)
    return getlist(name) if getlist else [value for value in [query.get(name)] if value]


def with_new_filter(query: Any, cohorts: Callable[[], Lookup] = Lookup) -> str:
    """The query string of an address that carries a new filter as three fields of a form (fp, fo, fv).

    A cohort comes by its name and with whatever value; it means in it, or, with a negated comparison or `false`, not.
    """
    changed = query.copy()
    name, op = (str(changed.pop(field, [""])[-1]) for field in ("fp", "fo"))
    values = [str(value) for value in changed.pop("fv", [])]
    changed.pop("cursor", None)  # another filter is another list
    if name.startswith(PREFIX):
        outside = op.startswith("is_not") or op == "not_in" or values[-1:] == ["false"]
        name, op, values = cohorts().property_of(name), "is", ["false" if outside else "true"]
    changed.appendlist("f", joined(name, op or "is", *values))
    return str(changed.urlencode())
