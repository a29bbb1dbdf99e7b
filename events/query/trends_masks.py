"""Distinct units by bucket: a unit's buckets are the bits of one integer, so that each row is looked at once.

WITH e AS (…rows of the tenant…),
hits  AS (SELECT bucket AS b, value AS v, unit FROM e WHERE …event and filters…),
masks AS (SELECT unit, v, bit_or(1 << b) AS m FROM hits GROUP BY unit, v),
top   AS (SELECT v FROM masks GROUP BY v ORDER BY count(*) DESC LIMIT 25),
coded AS (SELECT unit, v or '$other', bit_or(m) AS m FROM masks …),
SELECT v, …units with any bit…, …units with bit 0…, …units with bit 1… FROM coded GROUP BY v
"""

from __future__ import annotations

from typing import Any

from events.query.asking import Asking
from events.query.trends_measuring import Measuring
from events.query.values import TOP, is_one_of, names_of, or_other

MOST = 127  # buckets


def rows(asking: Asking, measuring: Measuring, hits: str, links: str | None) -> list[tuple[Any, ...]]:
    """Rows of (bucket or None for the total, *values, units, 0), without those of 0 units but the total.

    `hits`: CTEs up to `hits(b, v0 …, unit)`, the units those of `links` (Asking.by_actor).
    """
    by, count = measuring.by, measuring.buckets.count
    inside = f"m >> {measuring.before}::UHUGEINT <> 0"
    numbers = [f"count_if({inside})", *[f"count_if(m & {1 << bucket}::UHUGEINT <> 0)" for bucket in range(count)]]
    found = asking.rows(f"""
        WITH {hits},
        {"own" if links else "masks"} AS MATERIALIZED (
            SELECT unit{by}, bit_or(1::UHUGEINT << b::UHUGEINT) AS m FROM hits GROUP BY unit{by}
        ),
        {_linked(links, by)}
        {_coded(asking, measuring, inside)}
        SELECT {", ".join(numbers)}{by} FROM coded {measuring.grouped}
    """)
    return [
        (bucket, *row[count + 1 :], units, 0)
        for row in found
        for bucket, units in zip((None, *range(count)), row[: count + 1], strict=True)
        if units or bucket is None
    ]


def _linked(links: str | None, by: str) -> str:
    """CTE `masks`, out of each id's `own`."""
    if links is None:
        return ""
    return f"""masks AS MATERIALIZED (
            SELECT coalesce(links.who, own.unit) AS unit{by}, bit_or(m) AS m
            FROM own LEFT JOIN {links} AS links ON links.actor = own.unit GROUP BY ALL
        ),"""


def _coded(asking: Asking, measuring: Measuring, inside: str) -> str:
    """CTE `coded`: the masks, each unit's of all but the top values as one."""
    if not measuring.breakdown:
        return "coded AS (SELECT m FROM masks)"
    names, by = names_of(measuring.breakdown), measuring.by[2:]
    kept = is_one_of(names, measuring.kept, asking.binds)
    return f"""top AS (
            SELECT {by} FROM masks WHERE {inside} OR {kept} GROUP BY {by}
            ORDER BY {kept} DESC, count(*) DESC, {by} LIMIT {TOP}
        ),
        told AS (
            SELECT unit, m, {or_other(names, "c")}, top.{names[0]} IS NULL AS other
            FROM masks AS c LEFT JOIN top USING ({by})
        ),
        coded AS (
            SELECT m, {by} FROM told WHERE NOT other
            UNION ALL
            SELECT bit_or(m) AS m, {by} FROM told WHERE other GROUP BY unit, {by}
        )"""
