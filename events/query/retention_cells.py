"""A retention's members and what brought them back, as CTEs: births and returned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.types import Retention
from events.query.values import TOP, breakdown_values, names_of, or_other

DAYS = {"day": 1, "week": 7, "month": 30}  # of the rolling clock
BITS = 62  # units that one integer can remember, a bit each


@dataclass(frozen=True, slots=True)
class Grid:
    """`edges` of the local units from the first cohort's to the last cohort's last period; `cohorts` of
    them are cohorts, `labels` their first local days."""

    edges: tuple[datetime, ...]
    labels: tuple[str, ...]

    @property
    def cohorts(self) -> int:
        return len(self.labels)


def grid_of(asking: Asking, question: Retention) -> Grid:
    period, more = asking.period, question.periods - 1
    cohorts = buckets_of(period, question.unit, asking.now)
    last = period.last + timedelta(days=more * {"day": 1, "week": 7, "month": 31}[question.unit])
    far = timedelta(days=50)  # past the first and the last unit's own edges: none of them is to be cut
    whole: Buckets = buckets_of(
        replace(period, since=period.since - far, until=period.until + (last - period.last) + far, last=last),
        question.unit,
        asking.now,
    )
    return Grid(whole.edges[: cohorts.count + more + 1], cohorts.labels)


def cells_sql(asking: Asking, question: Retention, grid: Grid) -> str:
    """CTEs up to `births(who, c, birth, v0 …)` and `returned(who, c, n, v0 …)`."""
    start, back = question.start, question.return_
    asking.prepare(names_in((*asking.filters, *start.filters, *back.filters), question.breakdown))
    parts = _parts(asking, question, grid)
    first_time = question.birth == "first_time"
    bounds = None if first_time else asking.period.since, _read_until(asking, question, grid)
    in_one_pass = question.clock == "calendar" and len(grid.edges) <= BITS and (first_time or not question.breakdown)
    if not in_one_pass:
        return f"e AS NOT MATERIALIZED ({asking.events(*bounds)}), {_in_two(question, grid, parts)}"
    source, links = (asking.events(*bounds), None) if question.breakdown else asking.by_actor(*bounds)
    return f"e AS NOT MATERIALIZED ({source}), {_in_one_pass(question, grid, parts, links)}"


@dataclass(frozen=True, slots=True)
class Parts:
    """Expressions over `e`: conditions, bounds, the unit of a row and of a birth, picked breakdown values."""

    born: str
    came: str
    since: str
    until: str
    unit: str
    birth_unit: str
    values: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def inside(self) -> str:
        return f"ts >= {self.since} AND ts < {self.until}"

    def picked(self, where: str = "") -> str:
        """The values at the earliest row, each with its comma before it."""
        return "".join(
            f", arg_min({value}, struct_pack(ts, seq)){where} AS {name}"
            for value, name in zip(self.values, self.names, strict=True)
        )


def _parts(asking: Asking, question: Retention, grid: Grid) -> Parts:
    binds, start, back = asking.binds, question.start, question.return_
    return Parts(
        born=conditions.step(start.event, (*asking.filters, *start.filters), binds),
        came=conditions.step(back.event, (*asking.filters, *back.filters), binds),
        since=binds.add(asking.period.since),
        until=binds.add(asking.period.until),
        unit=number_sql(grid.edges, binds),
        birth_unit=number_sql(grid.edges, binds, "birth"),
        values=tuple(breakdown_values(question.breakdown, binds)),
        names=tuple(names_of(question.breakdown)),
    )


def _in_one_pass(question: Retention, grid: Grid, parts: Parts, links: str | None) -> str:
    """Calendar units: an actor's are bits of one integer, so that each row is looked at once."""
    last, by = question.periods - 1, "".join(f", {name}" for name in parts.names)
    bit = f"1::BIGINT << ({parts.unit})::INT"
    came = f"{parts.came} AND ts >= {parts.since}"
    if question.criterion == "on":
        came = f"bit_or(CASE WHEN {came} THEN {bit} END) AS came"
        returned = f"""SELECT who, c{by}, n FROM births, (SELECT unnest(range(1, {question.periods}))::INT AS n)
            WHERE came >> (c::INT + n) & 1 = 1"""
    else:
        came = f"max(CASE WHEN {came} THEN {parts.unit} END) AS came"
        returned = f"SELECT who, c{by}, least(came - c, {last}) AS n FROM births WHERE came > c AND {last} > 0"
    if question.birth == "first_time":
        born = f"min(ts) FILTER ({parts.born}) AS birth{parts.picked(f' FILTER ({parts.born})')}"
        births = f"""SELECT *, {parts.birth_unit} AS c FROM actors
            WHERE birth >= {parts.since} AND birth < {parts.until}"""
    else:
        born = f"bit_or(CASE WHEN {parts.born} AND {parts.inside} THEN {bit} END) AS born"
        births = f"""SELECT who, c, NULL::TIMESTAMP AS birth, came
            FROM actors, (SELECT unnest(range({grid.cohorts}))::INT AS c) WHERE born >> c & 1 = 1"""
    own = f"SELECT who, {born}, {came} FROM e GROUP BY who"
    return f"""actors AS ({_linked(question, own, links) if links else own}),
        {_coded(parts, births)},
        returned AS ({returned})"""


def _linked(question: Retention, own: str, links: str) -> str:
    """The same of canonical actors, out of each id's own."""
    born = "min(birth) AS birth" if question.birth == "first_time" else "bit_or(born) AS born"
    came = "bit_or(came) AS came" if question.criterion == "on" else "max(came) AS came"
    return f"""SELECT coalesce(links.who, own.who) AS who, {born}, {came}
            FROM ({own}) AS own LEFT JOIN {links} AS links ON links.actor = own.who GROUP BY 1"""


def _in_two(question: Retention, grid: Grid, parts: Parts) -> str:
    """Births first, then every return is held against its actor's births."""
    if question.birth == "first_time":
        births = f"""SELECT *, {parts.birth_unit} AS c FROM (
                SELECT who, min(ts) AS birth{parts.picked()} FROM e WHERE {parts.born} GROUP BY who
            ) WHERE birth >= {parts.since} AND birth < {parts.until}"""
    else:
        births = f"""SELECT who, {parts.unit} AS c, min(ts) AS birth{parts.picked()}
            FROM e WHERE {parts.born} AND {parts.inside} GROUP BY who, c"""
    return f"{_coded(parts, births)}, {_returned(question, parts)}"


def _returned(question: Retention, parts: Parts) -> str:
    """CTE `returned`: periods from 1 on in which an actor came back; the last one only with `on_or_after`."""
    last, by = question.periods - 1, "".join(f", {name}" for name in parts.names)
    came = f"{parts.came} AND ts >= {parts.since}"
    if question.clock == "calendar":
        unit, period = parts.unit, "u - c"
    else:
        unit, period = "epoch_us(ts)", f"(u - epoch_us(birth)) // {DAYS[question.unit] * 86_400_000_000}"
    if question.criterion == "on_or_after":
        return f"""visits AS (SELECT who, max({unit}) AS u FROM e WHERE {came} GROUP BY who),
        returned AS (
            SELECT who, c{by}, least({period}, {last}) AS n FROM births JOIN visits USING (who)
            WHERE {period} >= 1 AND {last} > 0
        )"""
    distinct = "DISTINCT " if question.clock == "calendar" else ""
    return f"""visits AS (SELECT {distinct}who, {unit} AS u FROM e WHERE {came}),
        returned AS (
            SELECT DISTINCT who, c{by}, {period} AS n FROM births JOIN visits USING (who)
            WHERE {period} BETWEEN 1 AND {last}
        )"""


def _read_until(asking: Asking, question: Retention, grid: Grid) -> datetime | None:
    if question.criterion == "on_or_after":
        return None
    if question.clock == "calendar":
        return max(grid.edges[-1], asking.period.until)
    return asking.period.until + timedelta(days=question.periods * DAYS[question.unit])


def _coded(parts: Parts, births: str) -> str:
    """CTE `births`, with all but the top values as `$other`."""
    if not parts.names:
        return f"births AS ({births})"
    by = ", ".join(parts.names)
    return f"""born AS MATERIALIZED ({births}),
        top AS (SELECT {by} FROM born GROUP BY ALL ORDER BY count(*) DESC, {by} LIMIT {TOP}),
        births AS (SELECT b.* REPLACE ({or_other(parts.names, "b")}) FROM born AS b LEFT JOIN top USING ({by}))"""
