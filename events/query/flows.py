"""Flows: what an actor does next (or did before) within the session, from each anchor on.

    WITH e AS (…rows of the tenant…),
    reach  AS (SELECT who, place, the first anchor's time, number FROM e …by session…),
    near   AS (…the rows of those sessions from there on…),
    names  AS (SELECT name, code FROM near …each event's name as a number…),
    w      AS (SELECT who, session, ts, seq, code, anchor FROM near …),
    lists  AS (…a session's codes in order, as one list…),
    runs   AS (…consecutive repeats as one, an anchor when one of them is…),
    steps  AS (SELECT who, l[i] AS c0, l[i + 1] AS c1, … for each anchor i),
    paths  AS (SELECT n0, n1, …, n: the same by name, each path once),
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
from events.query.values import OTHER, check_chosen, columns_of, is_value, names_of
from obc_analytics.errors import BadRequest

END = "$end"
EVERY = "true"
VALUES = 10  # of a breakdown: each is a pass of its own
DERIVED = 1 << 62  # above every number of a session with an id
# a row as one number, of 128 bits: its time, its seq, its event's code and whether it is an anchor
SEQ_BITS, CODE_BITS = 43, 26
PLACE = (
    f"((epoch_us(ts) + {1 << 57})::UHUGEINT << {SEQ_BITS + CODE_BITS + 1})"
    f" | (seq::UHUGEINT << {CODE_BITS + 1}) | (code * 2 + anchor::INT)::UHUGEINT"
)


def answer(asking: Asking, question: Flows) -> dict[str, Any]:
    """`{"nodes": [{"id", "step", "event", "count"}], "links": [{"source", "target", "count"}]}`; the same by the
    anchor's value in `breakdowns`: of the VALUES with the most anchors, and all others as `$other`."""
    result = _graph(asking, question, EVERY)
    if question.breakdown:
        among = _values(asking, question)
        result["breakdowns"] = [
            {"value": list(value), **_graph(asking, question, is_value(question.breakdown, value, among, asking.binds))}
            for value in among
        ]
    return result


def _values(asking: Asking, question: Flows) -> list[tuple[str, ...]]:
    """The breakdown's values, those of the most anchors first; the last is `$other` where there are more."""
    _prepare(asking, question)
    source, _ = asking.by_actor(asking.period.since, asking.period.until)
    chosen = conditions.step(question.anchor.event, (*asking.filters, *question.anchor.filters), asking.binds)
    values, by = ", ".join(columns_of(question.breakdown, asking.binds)), ", ".join(names_of(question.breakdown))
    found = asking.rows(f"""
        SELECT {values} FROM ({source}) WHERE {chosen}
        GROUP BY {by} ORDER BY count(*) DESC, {by} LIMIT {VALUES + 1}
    """)
    if len(found) > VALUES:
        found[VALUES:] = [(OTHER,) * len(question.breakdown)]
    return found


def _graph(asking: Asking, question: Flows, only: str) -> dict[str, Any]:
    """Nodes and links of the paths whose anchor passes `only`."""
    steps = range(question.depth + 1)
    whole = " UNION ALL ".join(f"SELECT {k} AS k, c{k} AS name, NULL AS after, n FROM coded" for k in steps)
    links = " UNION ALL ".join(f"SELECT {k}, c{k}, c{k + 1}, n FROM coded" for k in steps[:-1])
    rows = asking.rows(f"""
        WITH {paths_sql(asking, question, only)},
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
    check_chosen(at.breakdown, question.breakdown)
    only = EVERY
    if at.breakdown is not None:
        value = tuple(str(each) for each in at.breakdown)
        among = _values(asking, question) if OTHER in value else []
        only = is_value(question.breakdown, value, among, asking.binds)
    return f"""
        WITH {paths_sql(asking, question, only)},
        {_tops(question)},
        coded AS (SELECT who, {_coded(question)} FROM ({_named("SELECT * FROM steps", "who", question)}))
        SELECT DISTINCT who FROM coded WHERE c{number} = {asking.binds.add(event)}
    """


def _prepare(asking: Asking, question: Flows) -> None:
    asking.prepare(names_in((*asking.filters, *question.anchor.filters), question.breakdown))


def paths_sql(asking: Asking, question: Flows, only: str) -> str:
    """CTEs up to `steps(who, c0 …)`, one row a path, and `paths(n0 …, n)`; `$end` behind a session's last event,
    then NULL. `only`: what the anchor's row has to pass besides."""
    _prepare(asking, question)
    period, binds = asking.period, asking.binds
    after = question.direction == "after"
    bounds = (period.since, None) if after else (None, period.until)
    rows, (own_rows, links) = asking.events(*bounds), asking.by_actor(*bounds)
    inside = f"ts >= {binds.add(period.since)} AND ts < {binds.add(period.until)}"
    anchor = f"({inside} AND {conditions.step(question.anchor.event, question.anchor.filters, binds)} AND {only})"
    world = conditions.all_of(asking.filters, binds)
    codes = ", ".join(f"l[i + {k}] >> 1 AS c{k}" for k in range(question.depth + 1))
    by_code = ", ".join(f"c{k}" for k in range(question.depth + 1))
    columns = f"""who, coalesce(session_id, '') AS place, session_id IS NULL AS derived, ts, seq, event_name AS name,
                {world} AS counts, {world} AND {anchor} AS anchor"""
    return f"""
        e AS NOT MATERIALIZED ({rows}),
        m AS NOT MATERIALIZED (SELECT {columns} FROM e),
        reach AS MATERIALIZED (
            SELECT *, row_number() OVER () AS number
            FROM (SELECT who, place, {"min" if after else "max"}(ts) AS edge FROM m WHERE anchor GROUP BY who, place)
        ),
        near AS MATERIALIZED (
            SELECT reach.who AS who, number, derived, ts, seq, name, counts, anchor
            FROM {_reached(f"SELECT {columns} FROM ({own_rows})", links)} AND m.place = reach.place
            WHERE ts {">=" if after else "<="} edge
        ),
        names AS MATERIALIZED (SELECT name, row_number() OVER () - 1 AS code FROM (SELECT DISTINCT name FROM near)),
        w AS (
            SELECT who, session, ts, seq, code, anchor FROM (
                SELECT who, number AS session, ts, seq, name, counts, anchor FROM near WHERE NOT derived
                UNION ALL
                SELECT who, began + {DERIVED} AS session, ts, seq, name, counts, anchor
                FROM ({sessions.derived("SELECT * FROM near WHERE derived")})
            ) JOIN names USING (name) WHERE counts
        ),
        lists AS (
            SELECT who, {"list_sort" if after else "list_reverse_sort"}(list({PLACE})) AS l FROM w GROUP BY who, session
        ),
        runs AS (SELECT who, {_runs(question, only)} AS l FROM (
            SELECT who, list_transform(l, lambda x: (x & {(1 << CODE_BITS + 1) - 1})::BIGINT) AS l FROM lists
        )),
        steps AS MATERIALIZED (SELECT who, {codes} FROM (
            SELECT who, l, unnest(list_filter(range(1, len(l) + 1), lambda i: l[i] & 1 = 1)) AS i FROM runs
        )),
        paths AS MATERIALIZED (
            {_named(f"SELECT {by_code}, count(*) AS n FROM steps GROUP BY ALL", "n", question)}
        )
    """


def _reached(own: str, links: str | None) -> str:
    """All rows, `m`, joined to the sessions, `reach`. With links each session is joined by all ids of its actor:
    there are fewer of them than rows."""
    if links is None:
        return "m JOIN reach ON m.who = reach.who"
    ids = f"""SELECT who AS actor, who FROM reach
            UNION SELECT actor, who FROM {links} SEMI JOIN reach USING (who)"""
    return f"""({own}) AS m
            JOIN (SELECT * FROM reach JOIN ({ids}) AS ids USING (who)) AS reach ON m.who = reach.actor"""


def _named(source: str, kept: str, question: Flows) -> str:
    """The source's columns c0 … as names n0 …, and what is kept."""
    names = ["names[c0 + 1] AS n0", f"coalesce(names[c1 + 1], '{END}') AS n1"]
    names += [
        f"CASE WHEN c{k - 1} IS NOT NULL THEN coalesce(names[c{k} + 1], '{END}') END AS n{k}"
        for k in range(2, question.depth + 1)
    ]
    return f"""SELECT {", ".join(names)}, {kept}
            FROM ({source}), (SELECT list(name ORDER BY code) AS names FROM names) AS all_names"""


def _runs(question: Flows, only: str) -> str:
    """The list `l` of codes, its lowest bit the anchor's; of consecutive repeats one, an anchor when one of them is."""
    if not question.collapse_repeats:
        return "l"
    if not question.anchor.filters and only == EVERY:
        # all of a run are anchors or none, but where it crosses the range's far edge: its first row tells
        return "list_filter(l, lambda x, i: i = 1 OR x >> 1 <> l[i - 1] >> 1)"
    # what adds no anchor to the row before it goes, twice; of a run is left its first row, an anchor, or both
    adds = "list_filter({0}, lambda x, i: i = 1 OR x >> 1 <> {0}[i - 1] >> 1 OR x > {0}[i - 1])"
    twice = adds.format(adds.format("l"))
    return f"list_filter({twice}, lambda x, i: i = len({twice}) OR x >> 1 <> {twice}[i + 1] >> 1)"


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
