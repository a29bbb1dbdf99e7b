"""Touches: one row for each actor, session, bucket and value of some columns. Most totals add up from it.

    WITH e AS (…),
    gaps AS (SELECT … FROM e WHERE session_id IS NULL …)       -- only these rows are looked at for gaps
    SELECT bucket, who, session, …columns, count(*) AS events, … FROM e or gaps GROUP BY ALL

The rows are read once; a day's rows of one session, and its device's values, are one touch.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from events.query.asking import Asking
from events.query.buckets import number_sql
from events.query.sessions import GAP


def make(asking: Asking, table: str, edges: tuple[datetime, ...], columns: Iterable[str] = ()) -> None:
    """Make the temporary table of a span: `bucket` (from 0), `who`, `session`, the columns, `events`,
    `page_views`, `first` and `last`. A session is a hash of its id, half the work of the id itself; a derived one
    of its actor and its first event. That two of a million share one of 64 bits happens once in 10⁷ answers."""
    beside = "".join(f", {column}" for column in columns)
    totals = "count(*) AS events, count(*) FILTER (event_name = 'page_view') AS page_views, min(ts), max(ts)"
    number = number_sql(edges, asking.binds)
    asking.rows(f"""
        CREATE TEMP TABLE {table} AS
        WITH e AS NOT MATERIALIZED ({asking.events(edges[0], edges[-1])}),
        gaps AS (
            SELECT *, CASE WHEN coalesce(ts - lag(ts) OVER (PARTITION BY who ORDER BY ts, seq) > {GAP}, true)
                THEN epoch_us(ts) END AS begins
            FROM e WHERE session_id IS NULL
        ),
        derived AS (SELECT *, max(begins) OVER (PARTITION BY who ORDER BY ts, seq) AS began FROM gaps),
        named AS (
            SELECT {number} AS bucket, who, hash(session_id){beside}, {totals}
            FROM e WHERE session_id IS NOT NULL GROUP BY ALL
        ),
        unnamed AS (SELECT {number} AS bucket, who, began{beside}, {totals} FROM derived GROUP BY ALL),
        touched (bucket, who, session{beside}, events, page_views, first, last) AS (
            SELECT * FROM named UNION ALL SELECT * REPLACE (hash(who, began) AS began) FROM unnamed
        )
        SELECT * FROM touched
    """)


def by_bucket(asking: Asking, table: str) -> dict[int, dict[str, int]]:
    """Bucket → events, users, page_views, sessions. A session counts in every bucket it touches."""
    rows = asking.rows(f"""
        SELECT bucket, sum(events)::BIGINT, count(DISTINCT who), sum(page_views)::BIGINT, count(DISTINCT session)
        FROM {table} GROUP BY bucket
    """)
    return {row[0]: dict(zip(MEASURES, row[1:], strict=True)) for row in rows}


def whole(asking: Asking, table: str) -> dict[str, Any]:
    """The measures of the whole span; sessions with one page view (`bounces`) and with any (`viewed`); the
    median length of a session in seconds, None without any."""
    row = asking.rows(f"""
        WITH sessions AS (
            SELECT sum(page_views) AS views, epoch_us(max(last) - min(first)) / 1e6 AS seconds
            FROM {table} GROUP BY session
        )
        SELECT (SELECT coalesce(sum(events), 0)::BIGINT FROM {table}), (SELECT count(DISTINCT who) FROM {table}),
            (SELECT coalesce(sum(page_views), 0)::BIGINT FROM {table}), count(*),
            count(*) FILTER (views = 1), count(*) FILTER (views > 0), quantile_cont(seconds, 0.5)
        FROM sessions
    """)[0]
    return dict(zip((*MEASURES, "bounces", "viewed", "session_seconds"), row, strict=True))


def by_value(asking: Asking, table: str, column: str, top: int) -> list[dict[str, Any]]:
    """`{"name", "events", "users"}` of a column's values, most users first; name None: not known."""
    rows = asking.rows(f"""
        SELECT {column} AS name, sum(events)::BIGINT AS events, count(DISTINCT who) AS users
        FROM {table} GROUP BY name ORDER BY users DESC, events DESC, name NULLS LAST LIMIT {top}
    """)
    return [dict(zip(("name", "events", "users"), row, strict=True)) for row in rows]


MEASURES = ("events", "users", "page_views", "sessions")
