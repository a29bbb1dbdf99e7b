"""A breakdown of what counts actors by interval: the same question of each value, of the largest by actors.

    found  AS (SELECT DISTINCT who, bucket AS b, v0 … FROM e WHERE …),
    top    AS (SELECT v0 … FROM found GROUP BY v0 … ORDER BY …actors… LIMIT 25),
    active AS (SELECT DISTINCT who, b, v0 or '$other' … FROM found …)

As in a trend, an actor counts in every value touched, and once in `$other`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from events.query.asking import Asking
from events.query.types import Breakdown
from events.query.values import OTHER, breakdown_values, check_chosen

TOP = 25


def names_of(breakdown: Iterable[Breakdown]) -> list[str]:
    return [f"v{number}" for number, _ in enumerate(breakdown)]


def active_sql(asking: Asking, breakdown: tuple[Breakdown, ...], bucket: str, chosen: str, ranked: str) -> str:
    """CTEs up to `active(who, b, v0 …)`, each once, out of `e`; buckets that pass `ranked` say which values are the
    largest."""
    names = names_of(breakdown)
    values = "".join(
        f", {value} AS {name}" for value, name in zip(breakdown_values(breakdown, asking.binds), names, strict=True)
    )
    found = f"SELECT DISTINCT who, {bucket} AS b{values} FROM e WHERE {chosen}"
    if not names:
        return f"active AS MATERIALIZED ({found})"
    by = ", ".join(names)
    coded = ", ".join(f"CASE WHEN top.{names[0]} IS NULL THEN '{OTHER}' ELSE f.{name} END AS {name}" for name in names)
    return f"""found AS MATERIALIZED ({found}),
        top AS (
            SELECT {by} FROM found WHERE {ranked} GROUP BY ALL ORDER BY count(DISTINCT who) DESC, {by} LIMIT {TOP}
        ),
        active AS MATERIALIZED (SELECT DISTINCT f.who, f.b, {coded} FROM found AS f LEFT JOIN top USING ({by}))"""


def parts(
    rows: list[tuple[Any, ...]], width: int, shown: Callable[[list[tuple[Any, ...]]], dict[str, Any]]
) -> list[dict[str, Any]]:
    """`breakdowns`: `{"value", …what `shown` makes of the value's rows…}`, of rows that begin with the values; the
    most rows' actors first, which their last column counts, `$other` last."""
    by_value: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        by_value.setdefault(row[:width], []).append(row[width:])
    order = sorted(by_value, key=lambda value: (OTHER in value, -sum(row[-1] for row in by_value[value]), value))
    return [{"value": list(value), **shown(by_value[value])} for value in order]


def of_value(asking: Asking, breakdown: tuple[Breakdown, ...], value: tuple[Any, ...] | None) -> str:
    """Whether a row of `active` is of the value that was clicked on. Raises BadRequest."""
    names = names_of(breakdown)
    check_chosen(value, breakdown)
    tests = [f"{name} = {asking.binds.add(str(each))}" for name, each in zip(names, value or (), strict=False)]
    return " AND ".join(tests) or "true"
