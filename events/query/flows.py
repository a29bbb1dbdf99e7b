"""Flows: what an actor does next (or did before) within the session, from each anchor on.

    WITH e AS (…rows of the tenant…),
    near   AS (SELECT who, session_id, ts, seq, event_name AS name, …is an anchor in the range… FROM e
               from a session's first anchor on; a few others by a hash's accident, which add no path),
    w      AS (SELECT *, session FROM near),
    runs   AS (…consecutive repeats as one, an anchor when one of them is…),
    steps  AS (SELECT name AS n0, lead(name, 1) AS n1, lead(name, 2) AS n2, … OVER (PARTITION BY session …)),
    paths  AS (SELECT n0, n1, …, count(*) FROM steps WHERE anchor GROUP BY ALL),
    top0, top1, … the most frequent names of each step; all others are `$other`
    SELECT …links between neighbouring steps…

Every anchor starts a path. Step 0 is the anchor, 1, 2, … come after it, −1, −2, … before; a link always
points forward in time. A session that is over is `$end`, once, on either side.
"""

from __future__ import annotations

from typing import Any

from events.query import conditions, sessions
from events.query.asking import Asking, names_in
from events.query.types import At, Flows
from events.query.values import OTHER
from obc_analytics.errors import BadRequest

END = "$end"


def answer(asking: Asking, question: Flows) -> dict[str, Any]:
    """`{"nodes": [{"id", "step", "event", "count"}], "links": [{"source", "target", "count"}]}`."""
    steps = range(question.depth + 1)
    whole = " UNION ALL ".join(f"SELECT {k} AS k, c{k} AS name, NULL AS after, n FROM coded" for k in steps)
    links = " UNION ALL ".join(f"SELECT {k}, c{k}, c{k + 1}, n FROM coded" for k in steps[:-1])
    rows = asking.rows(f"""
        WITH {paths_sql(asking, question)},
        paths AS MATERIALIZED (SELECT {_list("n", question)}, count(*) AS n FROM ends GROUP BY ALL),
        {_tops(question)},
        coded AS (SELECT {_coded(question)}, n FROM paths)
        SELECT k, name, NULL, sum(n) FROM ({whole}) WHERE name IS NOT NULL GROUP BY k, name
        UNION ALL
        SELECT k, name, after, sum(n) FROM ({links}) AS links(k, name, after, n) WHERE after IS NOT NULL
        GROUP BY k, name, after
    """)
    return {
        "nodes": _nodes(question, [(k, name, int(n)) for k, name, after, n in rows if after is None]),
        "links": _links(question, [(k, name, after, int(n)) for k, name, after, n in rows if after is not None]),
    }


def actors_of_flows(asking: Asking, question: Flows, at: At) -> str:
    """A statement of the column `who`: actors with a path through the node `at.node`."""
    step, colon, event = (at.node or "").partition(":")
    try:
        number = int(step) if question.direction == "after" else -int(step)
    except ValueError:
        number = -1
    if not colon or not 0 <= number <= question.depth:
        raise BadRequest("a node is one of the answer's ids, such as 1:search", path="$.at.node")
    return f"""
        WITH {paths_sql(asking, question)},
        paths AS MATERIALIZED (SELECT {_list("n", question)}, count(*) AS n FROM ends GROUP BY ALL),
        {_tops(question)},
        coded AS (SELECT who, {_coded(question)} FROM ends)
        SELECT DISTINCT who FROM coded WHERE c{number} = {asking.binds.add(event)}
    """


def paths_sql(asking: Asking, question: Flows) -> str:
    """CTEs up to `ends(who, n0 …)`: one row a path; `$end` behind a session's last event, then NULL."""
    asking.prepare(names_in((*asking.filters, *question.anchor.filters)))
    period, binds = asking.period, asking.binds
    after = question.direction == "after"
    rows = asking.events(period.since, None) if after else asking.events(None, period.until)
    inside = f"ts >= {binds.add(period.since)} AND ts < {binds.add(period.until)}"
    anchor = f"({inside} AND {conditions.step(question.anchor.event, question.anchor.filters, binds)})"
    world = conditions.all_of(asking.filters, binds)
    by = "ts, seq" if after else "ts DESC, seq DESC"
    leads = ", ".join(f"lead(name, {k}) OVER w AS n{k}" for k in range(1, question.depth + 1))
    ends = ["n0", f"coalesce(n1, '{END}') AS n1"]
    ends += [f"CASE WHEN n{k - 1} IS NOT NULL THEN coalesce(n{k}, '{END}') END" for k in range(2, question.depth + 1)]
    return f"""
        e AS NOT MATERIALIZED ({rows}),
        m AS NOT MATERIALIZED (
            SELECT who, session_id, hash(coalesce(session_id, '')) AS place, ts, seq, event_name AS name,
                {world} AS counts, {world} AND {anchor} AS anchor
            FROM e
        ),
        reach AS (SELECT who, place, {"min" if after else "max"}(ts) AS edge FROM m WHERE anchor GROUP BY who, place),
        near AS MATERIALIZED (
            SELECT who, session_id, ts, seq, name, counts, anchor
            FROM m JOIN reach USING (who, place) WHERE ts {">=" if after else "<="} edge
        ),
        w AS (SELECT * FROM ({sessions.with_sessions("SELECT * FROM near")}) WHERE counts),
        {_runs(question, by)},
        steps AS (
            SELECT who, anchor, name AS n0, {leads} FROM runs WINDOW w AS (
                PARTITION BY who, session ORDER BY {_order(question, by)}
            )
        ),
        ends({_list("n", question)}, who) AS (SELECT {", ".join(ends)}, who FROM steps WHERE anchor)
    """


def _runs(question: Flows, by: str) -> str:
    """CTE `runs(who, session, name, anchor, …order…)`: rows, or consecutive repeats as one."""
    if not question.collapse_repeats:
        return "runs AS (SELECT * FROM w)"
    marked = f"""marked AS (
            SELECT *, name IS DISTINCT FROM lag(name) OVER (PARTITION BY who, session ORDER BY {by}) AS starts FROM w
        )"""
    if not question.anchor.filters:
        # all of a run are anchors or none, but where it crosses the range's far edge: its first row tells
        return f"{marked}, runs AS (SELECT * FROM marked WHERE starts)"
    return f"""{marked},
        numbered AS (
            SELECT *, count_if(starts) OVER (
                PARTITION BY who, session ORDER BY {by} ROWS UNBOUNDED PRECEDING
            ) AS run FROM marked
        ),
        runs AS (
            SELECT who, session, run, any_value(name) AS name, bool_or(anchor) AS anchor
            FROM numbered GROUP BY who, session, run
        )"""


def _order(question: Flows, by: str) -> str:
    return "run" if question.collapse_repeats and question.anchor.filters else by


def _list(letter: str, question: Flows) -> str:
    return ", ".join(f"{letter}{k}" for k in range(question.depth + 1))


def _tops(question: Flows) -> str:
    """CTEs `top0`, `top1`, …: the most frequent names of each step."""
    return ", ".join(
        f"top{k} AS (SELECT n{k} AS name FROM paths WHERE n{k} <> '{END}' GROUP BY 1"
        f" ORDER BY sum(n) DESC, 1 LIMIT {question.top})"
        for k in range(question.depth + 1)
    )


def _coded(question: Flows) -> str:
    return ", ".join(
        f"CASE WHEN n{k} = '{END}' OR n{k} IN (SELECT name FROM top{k}) THEN n{k}"
        f" WHEN n{k} IS NOT NULL THEN '{OTHER}' END AS c{k}"
        for k in range(question.depth + 1)
    )


def _id(question: Flows, k: int, name: str) -> str:
    return f"{_step(question, k)}:{name}"


def _step(question: Flows, k: int) -> int:
    return k if question.direction == "after" else -k


def _nodes(question: Flows, rows: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
    """By step; the most frequent first, `$other` and `$end` last."""
    rows.sort(
        key=lambda row: (row[0], (OTHER, END).index(row[1]) + 1 if row[1] in (OTHER, END) else 0, -row[2], row[1])
    )
    return [
        {"id": _id(question, k, name), "step": _step(question, k), "event": name, "count": count}
        for k, name, count in rows
    ]


def _links(question: Flows, rows: list[tuple[int, str, str, int]]) -> list[dict[str, Any]]:
    links = []
    for k, name, beyond, count in sorted(rows, key=lambda row: (row[0], -row[3], row[1:3])):
        ends = _id(question, k, name), _id(question, k + 1, beyond)
        source, target = ends if question.direction == "after" else ends[::-1]
        links.append({"source": source, "target": target, "count": count})
    return links
