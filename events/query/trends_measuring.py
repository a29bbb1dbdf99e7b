"""One series of a trend over its buckets, and the SQL that all of its measures share: which rows, which values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, number_sql
from events.query.types import Breakdown, Series
from events.query.values import TOP, Key, columns_of, is_one_of, names_of, or_other


@dataclass(frozen=True, slots=True)
class Measuring:
    """The total is of the buckets from `before` on; those ahead are only read for a rolling mean.

    The values of `kept` are told apart whatever their size, and the largest of all others up to TOP.
    """

    series: Series
    breakdown: tuple[Breakdown, ...]
    buckets: Buckets
    before: int
    kept: Sequence[Key]

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        return self.buckets.since, self.buckets.until

    @property
    def by(self) -> str:
        """The breakdown's columns behind another: `, v0, v1`."""
        return "".join(f", {name}" for name in names_of(self.breakdown))

    @property
    def grouped(self) -> str:
        """`GROUP BY v0, v1`, of a question without a breakdown nothing."""
        return f"GROUP BY {self.by[2:]}" if self.breakdown else ""

    def prepare(self, asking: Asking) -> None:
        """Tell which properties it names; before all that follows."""
        own = [self.series.property] if self.series.property else []
        asking.prepare([*names_in((*asking.filters, *self.series.filters), self.breakdown), *own])

    def chosen(self, asking: Asking) -> str:
        """Whether a row is one of the series' events."""
        return conditions.step(self.series.event, (*asking.filters, *self.series.filters), asking.binds)

    def hits_sql(self, asking: Asking, source: str, *columns: str) -> str:
        """CTEs up to `hits(b, v0 …, …columns)`: the chosen rows of `source`."""
        number, values = number_sql(self.buckets.edges, asking.binds), columns_of(self.breakdown, asking.binds)
        picked = ", ".join([f"{number} AS b", *values, *columns])
        return f"e AS ({source}), hits AS (SELECT {picked} FROM e WHERE {self.chosen(asking)})"

    def coded_sql(self, asking: Asking, source: str, size: str, *columns: str) -> str:
        """CTE `coded(…columns, v0 …)`: the rows of `source`, all values but those of the largest `size` as `$other`."""
        if not self.breakdown:
            return f"coded AS (SELECT {', '.join(columns)} FROM {source})"
        names, by = names_of(self.breakdown), self.by[2:]
        kept = is_one_of(names, self.kept, asking.binds)
        picked = ", ".join([*(f"c.{column}" for column in columns), or_other(names, "c")])
        return f"""
            top AS (
                SELECT {by} FROM {source} WHERE b >= {self.before} OR {kept} {self.grouped}
                ORDER BY {kept} DESC, {size} DESC NULLS LAST, {by} LIMIT {TOP}
            ),
            coded AS (SELECT {picked} FROM {source} AS c LEFT JOIN top USING ({by}))
        """

    def by_bucket_and_total(self, measure: str, total: str, ignored: str = "0") -> str:
        """Rows of (bucket or None for the total, *values, measure, ignored) out of `coded`."""
        return f"""
            SELECT b{self.by}, {measure}, 0 FROM coded GROUP BY b{self.by}
            UNION ALL
            SELECT NULL{self.by}, {total}, {ignored} FROM coded {self.grouped}
        """
