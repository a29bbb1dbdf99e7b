"""Sessions one by one: a list of those in a range, and one of them event by event.

    CREATE TEMP TABLE sessions AS
    WITH e AS (…rows of the range and MARGIN around it…), named AS (…), unnamed AS (…derived: sessions.py…)
    SELECT session, first, last, n, views FROM …both, where an event in the range passes the filters…

A session is listed whole, not cut at the range's edges, at midnight or by the filters: duration = last − first
event, a bounce is a session with a single page view. What lies further than MARGIN from the range is not read;
the SDK ends a session after 24 hours.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from events.identity import people
from events.query import conditions, sessions, wording
from events.query.asking import Asking, names_in
from events.query.types import Session, Sessions
from obc_analytics.errors import NotFound

MARGIN = timedelta(days=1)
DERIVED = re.compile(r"d([0-9]{1,20})/(-?[0-9]{1,18})", re.ASCII)
ORDER = "struct_pack(ts, seq)"
# of one session's rows; the rest are told by the event that knew it first
FIRST_KNOWN = ("view_path", "device_type", "browser", "os", "country")
SUMMARY = f"""
    any_value(session_id) AS named, epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last, count(*) AS n,
    count(*) FILTER (event_name = 'page_view') AS views,
    arg_max(who, {ORDER}) AS who, count(DISTINCT who) AS users,
    {", ".join(f"arg_min({name}, {ORDER}) AS {name}" for name in FIRST_KNOWN)}
"""


def listed(asking: Asking, question: Sessions) -> dict[str, Any]:
    """`{"sessions": [shown() each], "total", "bounces", "viewed", "median_seconds", "offset", "limit"}`, the newest
    start first; `viewed` have a page view, `bounces` a single one. `total` is what trends count as `sessions`."""
    table = asking.table("sessions", lambda: _chosen(asking, question))
    total, bounces, viewed, median = asking.rows(f"""
        SELECT count(*), count(*) FILTER (views = 1), count(*) FILTER (views > 0), quantile_cont(last - first, 0.5)
        FROM {table}
    """)[0]
    return {
        "sessions": _page(asking, table, question.limit, question.offset),
        "total": total,
        "bounces": bounces,
        "viewed": viewed,
        "median_seconds": None if median is None else median / 1e6,
        "offset": question.offset,
        "limit": question.limit,
    }


def one(asking: Asking, question: Session) -> dict[str, Any]:
    """`{"session": shown(), "events": [{"event_id", "event_name", "timestamp", "path", "gap_seconds"}]}`, in order.

    Of a derived session any moment of it will do: `d<actor>/<µs>`. Raises NotFound.
    """
    table = asking.table("session", lambda: _rows_of_one(asking, question.id))
    session, *found = asking.rows(f"SELECT any_value(session), {SUMMARY} FROM {table}")[0]
    if session is None:
        raise NotFound("There is no session of this id.")
    rows = asking.rows(f"""
        SELECT event_id, event_name, epoch_us(ts), path, epoch_us(ts) - lag(epoch_us(ts)) OVER (ORDER BY ts, seq)
        FROM {table} ORDER BY ts, seq LIMIT {question.limit} OFFSET {question.offset}
    """)
    names = ("event_id", "event_name", "timestamp", "path", "gap_seconds")
    events = [dict(zip(names, row, strict=True)) for row in rows]
    for event in events:
        event["timestamp"] = wording.iso(event["timestamp"])
        event["gap_seconds"] = None if event["gap_seconds"] is None else event["gap_seconds"] / 1e6
    return {"session": _shown(asking, [(session, *found)])[0], "events": events}


def id_of(distinct_id: str, session_id: str | None, moment: datetime) -> str:
    """The id by which one() finds the session that an event belongs to."""
    if session_id:
        return f"s{session_id}"
    digest = hashlib.md5(distinct_id.encode(), usedforsecurity=False).digest()  # as segments/columns.py has `actor`
    return f"d{int.from_bytes(digest[8:], 'little')}/{(moment - wording.EPOCH) // timedelta(microseconds=1)}"


def _chosen(asking: Asking, question: Sessions) -> str:
    asking.prepare(names_in(asking.filters))
    period, binds = asking.period, asking.binds
    rows = asking.events(period.since - MARGIN, period.until + MARGIN)
    inside = f"ts >= {binds.add(period.since)} AND ts < {binds.add(period.until)}"
    counts = f"{inside} AND {conditions.all_of(asking.filters, binds)}"
    needed = f"SELECT who, session_id, ts, seq, event_name = 'page_view' AS view, {counts} AS counts FROM e"
    sums = "epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last, count(*) AS n, count(*) FILTER (view) AS views"
    return f"""
        WITH e AS NOT MATERIALIZED ({rows}),
        m AS NOT MATERIALIZED ({needed}),
        named AS (
            SELECT session_id, {sums} FROM m WHERE session_id IS NOT NULL GROUP BY session_id HAVING bool_or(counts)
        ),
        unnamed AS (
            SELECT who, began, {sums} FROM ({sessions.derived("SELECT * FROM m WHERE session_id IS NULL")})
            GROUP BY who, began HAVING bool_or(counts)
        )
        SELECT 's' || session_id AS session, * EXCLUDE (session_id) FROM named
        UNION ALL
        SELECT 'd' || who || '/' || began AS session, * EXCLUDE (who, began) FROM unnamed
    """


def _page(asking: Asking, table: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Only the rows between the page's first and last moment are read again."""
    picked = f"SELECT * FROM {table} ORDER BY first DESC, session LIMIT {int(limit)} OFFSET {int(offset)}"
    since, until = asking.rows(f"SELECT make_timestamp(min(first)), make_timestamp(max(last)) FROM ({picked})")[0]
    if since is None:
        return []
    rows = asking.with_who(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC) + timedelta(microseconds=1))
    found = asking.rows(f"""
        WITH picked AS MATERIALIZED ({picked}),
        w AS (SELECT * FROM ({sessions.with_sessions(rows)}) SEMI JOIN picked USING (session))
        SELECT session, {SUMMARY} FROM w GROUP BY session ORDER BY first DESC, session
    """)
    return _shown(asking, found)


def _rows_of_one(asking: Asking, id_: str) -> str:
    if id_.startswith("s"):
        named = f"session_id = {asking.binds.add(id_[1:])}"
        return f"SELECT *, 's' || session_id AS session FROM ({asking.with_who(None, None)}) WHERE {named}"
    match = DERIVED.fullmatch(id_)
    if match is None or int(match[1]) >= 2**64:
        raise NotFound("There is no session of this id.")
    actor, micros = int(match[1]), int(match[2])
    links = asking.relation.actors
    known = asking.rows(f"SELECT who FROM {links} WHERE actor = {actor}") if links else []
    own = f"SELECT * FROM ({asking.rows_of(known[0][0] if known else actor)}) WHERE session_id IS NULL"
    return f"""
        WITH w AS ({sessions.with_sessions(own)})
        SELECT * FROM w WHERE session = (
            SELECT session FROM w GROUP BY session HAVING {micros} BETWEEN epoch_us(min(ts)) AND epoch_us(max(ts))
        )
    """


def _shown(asking: Asking, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows of (session, SUMMARY…) as people read them; `user` is who the last event was of."""
    whos = list(dict.fromkeys(row[6] for row in rows))
    known = people.named(asking, whos)
    return [_session(row, known) for row in rows]


def _session(row: tuple[Any, ...], known: dict[int, dict[str, Any]]) -> dict[str, Any]:
    session, named, first, last, n, views, who, users, entry, device, browser, os, country = row
    return {
        "id": session,
        "session_id": named,
        "start": wording.iso(first),
        "end": wording.iso(last),
        "seconds": (last - first) / 1e6,
        "events": n,
        "pages": views,
        "bounce": views == 1,
        "entry": entry,
        "device": device,
        "browser": browser,
        "os": os,
        "country": country,
        "user": known[who],
        "users": users,
    }
