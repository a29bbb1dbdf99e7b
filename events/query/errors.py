"""Errors of the product measured, grouped by events/query/grouping.py.

    texts:  SELECT type, message, stack, count(*) FROM e GROUP BY ALL          -- distinct ones, most frequent first
    seen:   SELECT group, ts, who FROM e JOIN texts …                          -- each occurrence with its group
    groups: SELECT group, count(*), count(DISTINCT who), min(ts), max(ts) FROM seen GROUP BY group

The grouping is Python's, over distinct texts only. First seen looks before the range, all else within it; a group
is `new` when it began within the range, and others did not.
"""

from __future__ import annotations

from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.grouping import MESSAGE_MAX, STACK_MAX, TYPE_MAX, Group, group_of
from events.query.types import Errors
from events.query.wording import iso
from obc_analytics.errors import NotFound

MOST_TEXTS = 20_000  # distinct texts that are grouped; rarer ones beyond are one group, $other
OTHER = "$other"
NEWEST, TOP = 25, 8  # occurrences and values of one group
ORDERS = {"count": "count DESC, users DESC", "users": "users DESC, count DESC", "last_seen": "last DESC",
          "first_seen": "first DESC"}  # fmt: skip

TEXTS = f"""
    coalesce(nullif(left(json_extract_string(properties, '/type'), {TYPE_MAX}), ''), 'Error') AS type,
    coalesce(left(json_extract_string(properties, '/message'), {MESSAGE_MAX}), '') AS message,
    coalesce(left(json_extract_string(properties, '/stack'), {STACK_MAX}), '') AS stack
"""


def answer(asking: Asking, question: Errors) -> dict[str, Any]:
    """`{"buckets", "incomplete", "trend", "groups": [{"group", "type", "message", "frame", "count", "users",
    "first_seen", "last_seen", "new", "trend"}], "total", "users", "group_count"}`; with `group` that one alone, and
    `detail`.

    Raises NotFound for a group that has no occurrence in the range.
    """
    asking.prepare(names_in(asking.filters))
    buckets = buckets_of(asking.period, question.interval, asking.now)
    known = _group_texts(asking, buckets)
    _mark_occurrences(asking, buckets)
    total, users, group_count, has_past = asking.rows("""
        SELECT count(*) FILTER (inside), count(DISTINCT who) FILTER (inside), count(DISTINCT grp) FILTER (inside),
            bool_or(NOT inside) FROM seen
    """)[0]
    rows = asking.rows(_groups_sql(asking, question))
    trends = _trends(asking, buckets, [row[0] for row in rows])
    found = [_shown(row, known, trends, buckets, bool(has_past)) for row in rows]
    overall = dict(asking.rows(_overall_sql(asking, question, buckets)))
    answer: dict[str, Any] = {
        "buckets": list(buckets.labels),
        "incomplete": list(buckets.incomplete),
        "trend": [overall.get(number, 0) for number in range(buckets.count)],
        "groups": found,
        "total": total,
        "users": users,
        "group_count": group_count,
    }
    if question.group is not None:
        if not found:
            raise NotFound("No error of this group happened in this range.")
        answer["detail"] = _detail(asking, buckets, question.group)
    return answer


def _errors(asking: Asking, buckets: Buckets, columns: str, *, inside: bool = False) -> str:
    """CTEs up to `x`: the error events with `columns`."""
    since = buckets.since if inside else None
    return f"""
        WITH e AS ({asking.events(since, buckets.until)}),
        x AS (SELECT {columns}, {TEXTS} FROM e
              WHERE event_name = 'error' AND {conditions.all_of(asking.filters, asking.binds)})
    """


def _group_texts(asking: Asking, buckets: Buckets) -> dict[str, Group]:
    """Fill the table `named(key, grp)`; the groups by their hash."""
    asking.rows(f"""
        CREATE OR REPLACE TEMP TABLE texts AS {_errors(asking, buckets, "ts")}
        SELECT type, message, stack, hash(type, message, stack) AS key,
            row_number() OVER (ORDER BY count(*) DESC, type, message, stack) AS number
        FROM x GROUP BY type, message, stack QUALIFY number <= {MOST_TEXTS}
    """)
    texts = asking.rows("SELECT number, type, message, stack FROM texts ORDER BY number")
    groups = [group_of(type_, message, stack) for _, type_, message, stack in texts]
    numbers, hashes = [number for number, *_ in texts], [group.hash for group in groups]
    asking.rows(f"""
        CREATE OR REPLACE TEMP TABLE named AS
        SELECT key, grp FROM texts JOIN (
            SELECT unnest({asking.binds.add(numbers)}::BIGINT[]) AS number,
                unnest({asking.binds.add(hashes)}::VARCHAR[]) AS grp
        ) USING (number)
    """)
    return dict(zip(hashes, groups, strict=True))


def _mark_occurrences(asking: Asking, buckets: Buckets) -> None:
    """Fill the table `seen(grp, ts, who, inside)`."""
    asking.rows(f"""
        CREATE OR REPLACE TEMP TABLE seen AS {_errors(asking, buckets, "ts, who")}
        SELECT coalesce(grp, '{OTHER}') AS grp, ts, who, ts >= {asking.binds.add(buckets.since)} AS inside
        FROM x LEFT JOIN named ON named.key = hash(type, message, stack)
    """)


def _only(asking: Asking, question: Errors) -> str:
    return "true" if question.group is None else f"grp = {asking.binds.add(question.group)}"


def _overall_sql(asking: Asking, question: Errors, buckets: Buckets) -> str:
    return f"""
        SELECT {number_sql(buckets.edges, asking.binds)} AS bucket, count(*) FROM seen
        WHERE inside AND {_only(asking, question)} GROUP BY bucket
    """


def _groups_sql(asking: Asking, question: Errors) -> str:
    return f"""
        SELECT grp, count(*) FILTER (inside) AS count, count(DISTINCT who) FILTER (inside) AS users,
            epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last
        FROM seen WHERE {_only(asking, question)} GROUP BY grp HAVING count(*) FILTER (inside) > 0
        ORDER BY {ORDERS[question.order]}, grp LIMIT {question.limit}
    """


def _trends(asking: Asking, buckets: Buckets, groups: list[str]) -> dict[str, dict[int, int]]:
    statement = f"""
        SELECT grp, {number_sql(buckets.edges, asking.binds)} AS bucket, count(*) FROM seen
        WHERE inside AND list_contains({asking.binds.add(groups)}::VARCHAR[], grp) GROUP BY ALL
    """
    trends: dict[str, dict[int, int]] = {}
    for group, bucket, count in asking.rows(statement):
        trends.setdefault(group, {})[bucket] = count
    return trends


def _shown(
    row: tuple[Any, ...], known: dict[str, Group], trends: dict[str, dict[int, int]], buckets: Buckets, has_past: bool
) -> dict[str, Any]:
    hash_, count, users, first, last = row
    group = known.get(hash_, Group(OTHER, "rarer errors, too many to tell apart", ""))
    first_seen = iso(first)
    return {
        "group": hash_,
        "type": group.type,
        "message": group.message,
        "frame": group.frame,
        "count": count,
        "users": users,
        "first_seen": first_seen,
        "last_seen": iso(last),
        "new": has_past and first >= int(buckets.since.timestamp() * 1_000_000),
        "trend": [trends.get(hash_, {}).get(number, 0) for number in range(buckets.count)],
    }


def _detail(asking: Asking, buckets: Buckets, group: str) -> dict[str, Any]:
    """The newest occurrences, one stack, and where it happens."""
    columns = "ts, seq, who, event_id, distinct_id, session_id, path, browser, os, properties"
    asking.rows(f"""
        CREATE OR REPLACE TEMP TABLE mine AS {_errors(asking, buckets, columns, inside=True)}
        SELECT * EXCLUDE (properties), json_extract_string(properties, '/handled') AS handled,
            left(json_extract_string(properties, '/release'), 100) AS release
        FROM x LEFT JOIN named ON named.key = hash(type, message, stack)
        WHERE coalesce(grp, '{OTHER}') = {asking.binds.add(group)}
    """)
    newest = asking.rows(f"""
        SELECT epoch_us(ts), event_id, distinct_id, session_id, path, browser, os, message, handled, release
        FROM mine ORDER BY ts DESC, seq DESC LIMIT {NEWEST}
    """)
    names = ("at", "event_id", "distinct_id", "session_id", "path", "browser", "os", "message", "handled", "release")
    stacks = asking.rows("SELECT stack FROM mine WHERE stack <> '' ORDER BY ts DESC, seq DESC LIMIT 1")
    return {
        "stack": stacks[0][0] if stacks else None,
        "occurrences": [{**dict(zip(names, row, strict=True)), "at": iso(row[0])} for row in newest],
        **{name: _top(asking, name) for name in ("path", "browser", "os", "release")},
    }


def _top(asking: Asking, column: str) -> list[dict[str, Any]]:
    rows = asking.rows(f"""
        SELECT {column}, count(*) AS n, count(DISTINCT who) FROM mine GROUP BY 1 ORDER BY n DESC, 1 LIMIT {TOP}
    """)
    return [{"value": value, "count": count, "users": users} for value, count, users in rows]
