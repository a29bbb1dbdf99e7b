"""A breakdown of what counts actors by interval: the same question of each value, of the largest by actors.

    found  AS (SELECT DISTINCT who, bucket AS b, v0 … FROM e WHERE …),
    top    AS (SELECT v0 … FROM found GROUP BY v0 … ORDER BY …actors… LIMIT 25),
    active AS (SELECT DISTINCT who, b, v0 or '$other' … FROM found …)

As in a trend, an actor counts in every value touched, and once in `$other`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from events.query.asking import Asking
from events.query.types import Breakdown
from events.query.values import OTHER, TOP, columns_of, names_of, or_other


def active_sql(asking: Asking, breakdown: tuple[Breakdown, ...], bucket: str, chosen: str, ranked: str) -> str:
    """CTEs up to `active(who, b, v0 …)`, each once, out of `e`; buckets that pass `ranked` say which values are the
    largest."""
    names = names_of(breakdown)
    columns = ", ".join(["who", f"{bucket} AS b", *columns_of(breakdown, asking.binds)])
    found = f"SELECT DISTINCT {columns} FROM e WHERE {chosen}"
    if not names:
        return f"active AS MATERIALIZED ({found})"
    by = ", ".join(names)
    return f"""found AS MATERIALIZED ({found}),
        top AS (
            SELECT {by} FROM found WHERE {ranked} GROUP BY ALL ORDER BY count(DISTINCT who) DESC, {by} LIMIT {TOP}
        ),
        active AS MATERIALIZED (
            SELECT DISTINCT f.who, f.b, {or_other(names, "f")} FROM found AS f LEFT JOIN top USING ({by})
        )"""


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
