"""The log of links → a map of ids to actors, in DuckDB.

1. A device belongs to the user of the earliest event, by (timestamp, event_id), that has both. An id that any
   event names as a user beside a device is itself a user and never joined to another one by a device.
2. Aliases join ids, each taken for the user that it belongs to by 1. Ids that hang together are one actor,
   called as the target of the earliest of their aliases calls it.
3. Merges, made by hand, join what 1 and 2 made, in the order in which they were made: the source's actor goes
   by the name of the target's. A device that was the source of one stays there, whatever later events say of
   it: no event joins two users that way, either.
4. An undo takes a pair of ids apart, whatever joined it, then or later; joining them by hand ends that. Each pair
   stands for itself: undoing an older merge leaves a newer one that built on it, so what was merged later stays
   with the actor whose name it was merged into, and undoing all of them, in any order, is as if none had been.

A log is a table `(version, kind, source, target, ts, event_id, made_by)`; all of it depends on what is in it up to
a version, and not on the order in which the events came.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

LOG = "version BIGINT, kind VARCHAR, source VARCHAR, target VARCHAR, ts TIMESTAMP, event_id VARCHAR, made_by VARCHAR"

RULES = """
    live AS (SELECT * FROM {log} WHERE version <= $version),
    by_hand AS (
        SELECT least(source, target) AS a, greatest(source, target) AS b,
            arg_max(kind, version) AS kind, max(version) AS version
        FROM live WHERE kind IN ('merge', 'undo') GROUP BY ALL
    ),
    joins AS (
        SELECT live.* FROM live LEFT JOIN by_hand ON a = least(source, target) AND b = greatest(source, target)
        WHERE live.kind <> 'undo' AND coalesce(by_hand.kind, '') <> 'undo'
            AND (live.kind <> 'merge' OR live.version = by_hand.version)
    ),
    users AS (SELECT DISTINCT target FROM live WHERE kind = 'device'),
    put AS (SELECT source FROM joins WHERE kind = 'merge'),
    devices AS (
        SELECT source AS id, arg_min(target, struct_pack(ts, event_id)) AS canonical
        FROM joins ANTI JOIN users ON joins.source = users.target ANTI JOIN put ON joins.source = put.source
        WHERE kind = 'device' GROUP BY joins.source
    )
"""

EDGES = """
WITH {rules}
SELECT coalesce(s.canonical, source), coalesce(t.canonical, target), kind = 'merge' AS by_hand
FROM joins LEFT JOIN devices AS s ON s.id = source LEFT JOIN devices AS t ON t.id = target
WHERE kind IN ('alias', 'merge') ORDER BY by_hand, CASE WHEN by_hand THEN version END, ts, event_id
"""

# `actor` and `who` are the hashes that the relation has of `id` and `canonical`
MAP = """
CREATE TABLE {target} AS
WITH {rules},
joined AS (SELECT unnest($ids::VARCHAR[]) AS id, unnest($names::VARCHAR[]) AS canonical),
named AS (
    SELECT devices.id, coalesce(joined.canonical, devices.canonical) AS canonical
    FROM devices LEFT JOIN joined ON joined.id = devices.canonical
    UNION ALL
    SELECT id, canonical FROM joined WHERE id <> canonical
)
SELECT md5_number_lower(id) AS actor, md5_number_lower(canonical) AS who, id, canonical FROM named
"""

Edge = tuple[str, str, bool]  # source, target, whether by hand


def build(connection: duckdb.DuckDBPyConnection, log: str, version: int, target: str) -> int:
    """Make the table `target(actor, who, id, canonical)`: a row an id that is known by another one's name.
    How many rows it has. The tables' names are ours, not a user's."""
    rules = RULES.format(log=log)
    edges = connection.execute(EDGES.format(rules=rules), {"version": version}).fetchall()
    names = components(edges)
    connection.execute(
        MAP.format(rules=rules, target=target),
        {"version": version, "ids": list(names), "names": list(names.values())},
    )
    found = connection.execute(f"SELECT count(*) FROM {target}").fetchone()
    return found[0] if found else 0


def components(edges: Iterable[Edge]) -> dict[str, str]:
    """The name of each id that an edge joins. Aliases come first, by (timestamp, event_id): a set of ids is called
    as its earliest alias' target. Then merges as they were made: the target's set keeps its name."""
    parent: dict[str, str] = {}
    first: dict[str, tuple[int, str]] = {}  # of a root: its earliest alias' number, and the set's name
    for number, (source, target, by_hand) in enumerate(edges):
        a, b = _root(parent, source), _root(parent, target)
        of_a, of_b = first.pop(a, (number, target)), first.pop(b, (number, target))
        parent[a] = b
        if a == b:
            first[b] = of_a
        else:
            first[b] = of_b if by_hand else min(of_a, of_b)
    return {id_: first[_root(parent, id_)][1] for id_ in parent}


def _root(parent: dict[str, str], id_: str) -> str:
    parent.setdefault(id_, id_)
    root = id_
    while parent[root] != root:
        root = parent[root]
    while parent[id_] != root:
        parent[id_], id_ = root, parent[id_]
    return root
