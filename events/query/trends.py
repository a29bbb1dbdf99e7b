"""Trends: a measure of some events by bucket, broken down, compared, smoothed, combined by a formula.

Counting measures first reduce the rows to cells, then count cells:

    WITH e AS (…rows of the tenant…),
    hits  AS (SELECT bucket AS b, value AS v, unit FROM e WHERE …event and filters…),
    cells AS (SELECT b, v, unit, count(*) AS n FROM hits GROUP BY ALL),
    top   AS (SELECT v FROM cells GROUP BY v ORDER BY …size… DESC LIMIT 25),
    coded AS (SELECT b, v or '$other', unit, n FROM cells …)
    SELECT b, v, …measure… FROM coded GROUP BY GROUPING SETS ((b, v), (v))

The row with b NULL is the total over the range: for `uniques` distinct over all of it, not a sum. Distinct units
of few buckets are counted by trends_masks.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from events.query import conditions, formula, properties, sessions, trends_masks
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql, with_lead
from events.query.compared import compared_buckets
from events.query.types import OF_PROPERTY, Series, Trends
from events.query.values import OTHER, breakdown_values, is_one_of
from events.query.windows import windows_sql

TOP = 25
# an average of nothing is null, a count of nothing 0
COUNTS = frozenset({"total", "uniques", "wau", "mau", "sessions"})
AGGREGATE = {
    "sum": "sum(x)",
    "avg": "avg(x)",
    "min": "min(x)",
    "max": "max(x)",
    **{f"p{percent}": f"quantile_cont(x, {percent / 100})" for percent in (50, 75, 90, 95, 99)},
}
Key = tuple[str, ...]
Keys = Sequence[Key]


@dataclass(slots=True)
class Line:
    """One drawn line: a value a bucket, and the measure over the whole range."""

    values: list[float | int | None]
    total: float | int | None
    ignored: int = 0


def answer(asking: Asking, question: Trends) -> dict[str, Any]:
    """`{"buckets", "incomplete", "series": [{"label", "series", "breakdown", "values", "total", "compare"?}]}`."""
    before = (question.rolling or 1) - 1
    shown = buckets_of(asking.period, question.interval, asking.now)
    buckets = with_lead(asking.period, shown, before, asking.now)
    lines = _lines(asking, question, buckets, shown.count)
    compared: list[dict[Key, Line]] | None = None
    if question.compare:
        earlier = compared_buckets(asking.period, question, buckets, shown.count, asking.now)
        compared = _lines(asking, question, earlier, shown.count, [list(found) for found in lines])
    series = []
    for number, (label, found) in enumerate(zip(_labels(question), lines, strict=True)):
        for key, line in found.items():
            entry = {
                "label": label,
                "series": number,
                "breakdown": list(key),
                "values": line.values,
                "total": line.total,
            }
            if line.ignored:
                entry["ignored"] = line.ignored
            if compared is not None:
                entry["compare"] = compared[number][key].values
                entry["compare_total"] = compared[number][key].total
            series.append(entry)
    return {"buckets": list(shown.labels), "incomplete": list(shown.incomplete), "series": series}


def _labels(question: Trends) -> list[str]:
    if question.formula:
        return [question.formula]
    return [series.label or _label(series) for series in question.series]


def _label(series: Series) -> str:
    events = series.event if isinstance(series.event, str) else " or ".join(series.event)
    return f"{events} · {series.measure}" + (f" of {series.property}" if series.property else "")


def _lines(
    asking: Asking, question: Trends, buckets: Buckets, shown: int, wanted: Sequence[Keys] = ()
) -> list[dict[Key, Line]]:
    """For each series (or the formula) its lines by breakdown value, of the last `shown` buckets. `wanted`: the
    values that each is to have a line of, whatever its own largest are."""
    found: list[dict[Key, Line]] = []
    before = buckets.count - shown
    for number, series in enumerate(question.series):
        keys = wanted[0 if question.formula else number] if wanted else ()
        found.append(_measure(asking, question, series, buckets, before, kept_of(question, [keys, *found])))
        for key in keys:
            found[-1].setdefault(key, _nothing(series, buckets.count))
    if question.formula:
        found = [_combine(formula.parse(question.formula, len(found)), question, found, buckets.count)]
    for lines in found:
        for line in lines.values():
            _shape(line, question, before)
    return found


def kept_of(question: Trends, lines: Sequence[Keys | dict[Key, Line]]) -> Keys:
    """The values that must not go under as `$other`, for those of the lines before: what is compared or combined
    has to mean the same. Lines with fewer than TOP values know them all, and leave room for others."""
    if not question.breakdown:
        return ()
    among = lines if question.formula else lines[:1]
    return [key for key in dict.fromkeys(key for keys in among for key in keys) if OTHER not in key][:TOP]


def kept_for(asking: Asking, question: Trends, number: int, buckets: Buckets) -> Keys:
    """The same for one of the question's series, as a formula combines it."""
    found: list[dict[Key, Line]] = []
    for series in question.series[:number] if question.formula and question.breakdown else ():
        found.append(_measure(asking, question, series, buckets, 0, kept_of(question, found)))
    return kept_of(question, found)


def _nothing(series: Series, count: int) -> Line:
    empty = 0 if series.measure in COUNTS else None
    return Line([empty] * count, empty)


def _shape(line: Line, question: Trends, before: int) -> None:
    if before >= (question.rolling or 1):  # the part of the first bucket that lies before the range is none of them
        del line.values[before - 1]
        before -= 1
    if question.rolling:
        line.values = [_mean(line.values[at - before : at + 1]) for at in range(before, len(line.values))]
    if question.cumulative:
        total: float = 0
        for at, value in enumerate(line.values):
            total += value or 0
            line.values[at] = total


def _mean(values: list[float | int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _combine(evaluate: formula.Evaluate, question: Trends, found: list[dict[Key, Line]], count: int) -> dict[Key, Line]:
    keys = list(dict.fromkeys(key for lines in found for key in lines))
    nothing = [_nothing(series, count) for series in question.series]
    combined = {}
    for key in keys:
        parts = [lines.get(key, none) for lines, none in zip(found, nothing, strict=True)]
        values = [evaluate([part.values[at] for part in parts]) for at in range(count)]
        combined[key] = Line(values, evaluate([part.total for part in parts]))
    return combined


def _measure(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> dict[Key, Line]:
    if series.measure in {"wau", "mau"}:
        rows = _windowed(asking, question, series, buckets, before, kept)
    elif series.measure in OF_PROPERTY:
        rows = _of_property(asking, question, series, buckets, before, kept)
    else:
        rows = _counted(asking, question, series, buckets, before, kept)
    return _as_lines(rows, series, buckets.count, len(question.breakdown))


def _as_lines(rows: list[tuple[Any, ...]], series: Series, count: int, width: int) -> dict[Key, Line]:
    """Rows of (bucket or None, *values, measure, ignored) as lines, the largest first, `$other` last."""
    empty = 0 if series.measure in COUNTS else None
    lines: dict[Key, Line] = {}
    for bucket, *rest in rows:
        key, (value, ignored) = tuple(rest[:width]), rest[width:]
        line = lines.setdefault(key, Line([empty] * count, empty))
        if bucket is None:
            line.total, line.ignored = (empty if value is None else value), ignored
        else:
            line.values[bucket] = empty if value is None else value
    if not width and not lines:
        lines[()] = _nothing(series, count)
    order = sorted(lines, key=lambda key: (OTHER in key, -(lines[key].total or 0), key))
    return {key: lines[key] for key in order}


def hits_sql(asking: Asking, question: Trends, series: Series, columns: str) -> str:
    """The chosen rows; `asking.prepare` was told the names before."""
    chosen = conditions.step(series.event, (*asking.filters, *series.filters), asking.binds)
    return f"SELECT {columns} FROM e WHERE {chosen}"


def _named(question: Trends) -> list[str]:
    return [f"v{number}" for number in range(len(question.breakdown))]


def told(asking: Asking, question: Trends, series: Series) -> None:
    extra = [series.property] if series.property else []
    asking.prepare([*names_in((*asking.filters, *series.filters), question.breakdown), *extra])


def _counted(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> list[tuple[Any, ...]]:
    if series.measure in {"uniques", "sessions"} and buckets.count <= trends_masks.MOST:
        return _distinct(asking, question, series, buckets, before, kept)
    ctes = counted_sql(asking, question, series, buckets, before, kept)
    return asking.rows(f"{ctes} {_by_bucket_and_total(_named(question), COUNT_OF[series.measure], before)}")


def _distinct(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> list[tuple[Any, ...]]:
    told(asking, question, series)
    source, links = asking.by_actor(buckets.since, buckets.until)
    if series.measure == "sessions":
        source, links = sessions.with_sessions(asking.events(buckets.since, buckets.until)), None
    hits = _hits(asking, question, series, buckets, source)
    return trends_masks.rows(asking, hits, links, _named(question), buckets.count, before, TOP, OTHER, kept)


COUNT_OF = {
    "total": "sum(n) {only}",
    "uniques": "count(DISTINCT unit) {only}",
    "sessions": "count(DISTINCT unit) {only}",
    "per_user": "sum(n) {only} / count(DISTINCT unit) {only}",
}


def counted_sql(
    asking: Asking,
    question: Trends,
    series: Series,
    buckets: Buckets,
    before: int,
    kept: Keys,
    *,
    actors: bool = False,
) -> str:
    """CTEs up to `coded(b, v0 …, unit, n)`; with `actors` the units are told apart by `who`, too."""
    told(asking, question, series)
    names = _named(question)
    source = asking.events(buckets.since, buckets.until)
    if series.measure == "total" and not actors:
        source, _ = asking.by_actor(buckets.since, buckets.until)  # nobody asks who
    if series.measure == "sessions":
        source = sessions.with_sessions(source)
    hits = _hits(asking, question, series, buckets, source, actors=actors)
    by = "".join(f", {name}" for name in names)
    who = ", who" if actors else ""
    measure = COUNT_OF[series.measure].format(only="")
    top = _top_sql(names, "cells", measure, before, is_one_of(names, kept, asking.binds))
    return f"""
        WITH {hits},
        cells AS MATERIALIZED (SELECT b{by}, unit{who}, count(*) AS n FROM hits GROUP BY ALL),
        {_coded(names, top, "cells", f"b, unit, n{who}")}
    """


def _hits(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, source: str, *, actors: bool = False
) -> str:
    """CTEs up to `hits(b, v0 …, unit)`."""
    unit = {"total": "0", "sessions": "session"}.get(series.measure, "who")
    columns = [
        f"{number_sql(buckets.edges, asking.binds)} AS b",
        *_as(breakdown_values(question.breakdown, asking.binds), _named(question)),
        f"{unit} AS unit",
        *(["who"] if actors else []),
    ]
    return f"e AS ({source}), hits AS ({hits_sql(asking, question, series, ', '.join(columns))})"


def _as(expressions: list[str], names: list[str]) -> list[str]:
    return [f"{expression} AS {name}" for expression, name in zip(expressions, names, strict=True)]


def _top_sql(names: list[str], source: str, measure: str, before: int, kept: str) -> str:
    by = ", ".join(names)
    return f"""SELECT {by} FROM {source} WHERE b >= {before} OR {kept} GROUP BY {by}
        ORDER BY {kept} DESC, {measure} DESC NULLS LAST, {by} LIMIT {TOP}"""


def _coded(names: list[str], top: str, source: str, columns: str) -> str:
    """CTE `coded`: the source with all but the top values as `$other`."""
    if not names:
        return f"coded AS (SELECT {columns} FROM {source})"
    coded = ", ".join(f"CASE WHEN top.{names[0]} IS NULL THEN '{OTHER}' ELSE c.{name} END AS {name}" for name in names)
    kept = ", ".join(f"c.{column.strip()}" for column in columns.split(","))
    return (
        f"top AS ({top}), coded AS (SELECT {kept}, {coded} FROM {source} AS c LEFT JOIN top USING ({', '.join(names)}))"
    )


def _by_bucket_and_total(names: list[str], measure: str, before: int) -> str:
    by = "".join(f", {name}" for name in names)
    total = f"FILTER (WHERE b >= {before})" if before else ""
    sets = f"GROUP BY {', '.join(names)}" if names else ""
    return f"""
        SELECT b{by}, {measure.format(only="")}, 0 FROM coded GROUP BY b{by}
        UNION ALL
        SELECT NULL{by}, {measure.format(only=total)}, 0 FROM coded {sets}
    """


def _of_property(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> list[tuple[Any, ...]]:
    names, aggregate = _named(question), AGGREGATE[series.measure]
    by = "".join(f", {name}" for name in names)
    total = f"FILTER (WHERE b >= {before})"
    ignored = f"count(*) FILTER (WHERE t IS NOT NULL AND x IS NULL AND b >= {before})"
    statement = f"""
        {of_property_sql(asking, question, series, buckets, before, kept)}
        SELECT b{by}, {aggregate}, 0 FROM coded GROUP BY b{by}
        UNION ALL
        SELECT NULL{by}, {aggregate} {total}, {ignored} FROM coded {"GROUP BY " + ", ".join(names) if names else ""}
    """
    return asking.rows(statement)


def of_property_sql(
    asking: Asking,
    question: Trends,
    series: Series,
    buckets: Buckets,
    before: int,
    kept: Keys,
    *,
    actors: bool = False,
) -> str:
    """CTEs up to `coded(b, v0 …, t, x, who)`: the property as text and as a number; with `actors` `who` is right."""
    told(asking, question, series)
    assert series.property is not None
    names = _named(question)
    bounds = buckets.since, buckets.until
    source = asking.events(*bounds) if actors else asking.by_actor(*bounds)[0]
    columns = [
        f"{number_sql(buckets.edges, asking.binds)} AS b",
        *_as(breakdown_values(question.breakdown, asking.binds), names),
        f"{properties.text(series.property, asking.binds)} AS t",
        "who",
    ]
    top = _top_sql(names, "numbers", AGGREGATE[series.measure], before, is_one_of(names, kept, asking.binds))
    return f"""
        WITH e AS ({source}),
        hits AS ({hits_sql(asking, question, series, ", ".join(columns))}),
        numbers AS (
            SELECT *, CASE WHEN isfinite(TRY_CAST(t AS DOUBLE)) THEN TRY_CAST(t AS DOUBLE) END AS x FROM hits
        ),
        {_coded(names, top, "numbers", "b, t, x, who")}
    """


def _windowed(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> list[tuple[Any, ...]]:
    """Actors in the 7 or 30 days that end on each bucket's last day; the total is the range's uniques."""
    totals = totals_of(asking, question, series, buckets, before, kept)
    if not question.breakdown:
        return [*windows_sql(asking, question, series, buckets), *totals]
    rows = list(totals)
    keys = [row[1:-2] for row in totals]
    for key in keys:  # one pass a value: at most 26
        rows += [(b, *key, value, 0) for b, value, _ in windows_sql(asking, question, series, buckets, key, keys)]
    return rows


def totals_of(
    asking: Asking, question: Trends, series: Series, buckets: Buckets, before: int, kept: Keys
) -> list[tuple[Any, ...]]:
    """Rows of (None, *values, uniques, 0) over the whole range, of all that are kept."""
    uniques = _counted(asking, question, msgspec.structs.replace(series, measure="uniques"), buckets, before, kept)
    rows = [row for row in uniques if row[0] is None]
    known = {row[1:-2] for row in rows}
    return rows + [(None, *key, 0, 0) for key in kept if key not in known]
