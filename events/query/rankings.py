"""What an overview lists: events, pages, referrers, errors and web vitals of a span, the most important first.

WITH e AS (…),
counted AS (SELECT <what is listed>, who, count(*) AS n FROM e WHERE … GROUP BY ALL)   -- a cell an actor
SELECT <what>, sum(n), count(DISTINCT who) FROM counted GROUP BY … ORDER BY …
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from events.query.asking import Asking
from events.query.spans import rfc3339
from events.query.vitals import THRESHOLDS, rating

Row = dict[str, Any]


def names(asking: Asking, since: datetime, until: datetime, top: int, column: str = "event_name") -> list[Row]:
    """`{"name", "count", "users"}`, most frequent first."""
    return _counted(asking, since, until, column, "true", "count DESC, name NULLS LAST", top)


def pages(asking: Asking, since: datetime, until: datetime, top: int) -> list[Row]:
    """`{"path", "views", "users"}`, most viewed first."""
    found = _counted(asking, since, until, "view_path", "event_name = 'page_view'", "count DESC, name", top)
    return [{"path": row["name"], "views": row["count"], "users": row["users"]} for row in found]


def referrers(asking: Asking, since: datetime, until: datetime, top: int) -> list[Row]:
    """`{"host", "views", "users"}` of page views from other hosts than their own, most users first."""
    foreign = "event_name = 'page_view' AND referring_domain IS NOT NULL AND referring_domain IS DISTINCT FROM host"
    order = "users DESC, count DESC, name"
    found = _counted(asking, since, until, "referring_domain", foreign, order, top)
    return [{"host": row["name"], "views": row["count"], "users": row["users"]} for row in found]


def _counted(
    asking: Asking, since: datetime, until: datetime, column: str, where: str, order: str, top: int
) -> list[Row]:
    rows = asking.rows(f"""
        WITH e AS ({asking.events(since, until)}),
        counted AS (SELECT {column} AS name, who, count(*) AS n FROM e WHERE {where} GROUP BY ALL)
        SELECT name, sum(n)::BIGINT AS count, count(*) AS users FROM counted GROUP BY name ORDER BY {order} LIMIT {top}
    """)
    return [dict(zip(("name", "count", "users"), row, strict=True)) for row in rows]


def errors(asking: Asking, since: datetime, until: datetime, top: int) -> list[Row]:
    """`{"type", "message", "count", "users", "first_seen", "last_seen"}`; messages that differ by numbers are one."""
    rows = asking.rows(f"""
        WITH e AS ({asking.events(since, until)})
        SELECT error_type, min(error_message), count(*), count(DISTINCT who), min(ts), max(ts) AS last
        FROM e WHERE error_type IS NOT NULL
        GROUP BY error_type, regexp_replace(error_message, '[0-9]+', '#', 'g')
        ORDER BY count(*) DESC, last DESC, error_type, min(error_message) LIMIT {top}
    """)
    fields = ("type", "message", "count", "users")
    return [
        {**dict(zip(fields, row, strict=False)), "first_seen": _instant(row[4]), "last_seen": _instant(row[5])}
        for row in rows
    ]


def vitals(asking: Asking, since: datetime, until: datetime) -> list[Row]:
    """`{"metric", "p75", "rating", "count"}` of the metrics that were measured, in the order of THRESHOLDS."""
    rows = asking.rows(f"""
        WITH e AS ({asking.events(since, until)})
        SELECT vital_metric, quantile_cont(vital_value, 0.75), count(*)
        FROM e WHERE event_name = 'web_vital' AND vital_value BETWEEN 0 AND 1e9 GROUP BY vital_metric
    """)
    found = {metric: (p75, count) for metric, p75, count in rows}
    return [_vital(metric, *found[metric]) for metric in THRESHOLDS if metric in found]


def _vital(metric: str, p75: float, count: int) -> Row:
    return {"metric": metric, "p75": p75, "rating": rating(metric, p75), "count": count}


def _instant(moment: datetime) -> str:
    return rfc3339(moment.replace(tzinfo=UTC))
