"""Traits of profiles, out of `$identify` and `$profile` events, merged over linked ids.

    WITH e AS (…), ops AS (SELECT who, name, op, value, ts, event FROM e …one row an operation…),
    plain  AS (…the latest value of what was only ever `$set`…),
    folded AS (…all else, operation by operation…)
    SELECT who, json_group_object(name, value) AS traits …

An actor's operations apply by (timestamp, event_id), whatever order they came in; those of one event in the
order of OPERATIONS. `$set` replaces, and null unsets; `$set_once` counts while nothing is set; `$increment`
adds a number to a number or to nothing, and is ignored beside anything else; `$append` adds one value to a
list; `$union` adds those of a list's values (or one value) that it does not hold yet; a value that is no list
counts as a list of one, and null adds nothing; `$unset` takes names, as a list, one text or an object's keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from events.query.binds import Binds
from events.query.properties import pointer
from events.segments.columns import PROFILE_EVENTS

OPERATIONS = ("$set", "$set_once", "$increment", "$append", "$union", "$unset")
MAX_TRAITS = 500  # names of one profile that are shown

NUMBERS = "('UBIGINT', 'BIGINT', 'HUGEINT', 'DOUBLE')"
LISTED = (
    "CASE WHEN coalesce({0}, 'null') = 'null' THEN []"
    " WHEN json_type({0}) = 'ARRAY' THEN from_json({0}, '[\"JSON\"]') ELSE [{0}] END"
)
# one operation `x` upon what is set, `a`
FOLD = f"""CASE x.op
    WHEN 0 THEN nullif(x.value, 'null')
    WHEN 1 THEN coalesce(a.value, nullif(x.value, 'null'))
    WHEN 2 THEN CASE
        WHEN json_type(x.value) NOT IN {NUMBERS} THEN a.value
        WHEN a.value IS NULL THEN x.value
        WHEN json_type(a.value) NOT IN {NUMBERS} THEN a.value
        WHEN 'DOUBLE' NOT IN (json_type(a.value), json_type(x.value))
            THEN to_json(TRY_CAST(a.value AS HUGEINT) + TRY_CAST(x.value AS HUGEINT))
        WHEN isfinite(TRY_CAST(a.value AS DOUBLE) + TRY_CAST(x.value AS DOUBLE))
            THEN to_json(TRY_CAST(a.value AS DOUBLE) + TRY_CAST(x.value AS DOUBLE))
        ELSE a.value
    END
    WHEN 3 THEN CASE WHEN x.value = 'null' THEN a.value
        ELSE to_json(list_append({LISTED.format("a.value")}, x.value)) END
    WHEN 4 THEN to_json(list_filter(
        list_concat({LISTED.format("a.value")}, {LISTED.format("x.value")}),
        lambda each, place: place <= len({LISTED.format("a.value")})
            OR list_position(list_concat({LISTED.format("a.value")}, {LISTED.format("x.value")}), each) = place
    ))
END"""
START = "{op: -1, value: NULL::JSON}"


def select(source: str, names: Iterable[str], binds: Binds, only: str = "true") -> str:
    """A statement of (who, traits): a JSON object of those of `names` that are set; no row when none is.

    `source`: the body of the CTE `e`, the rows of all time. `only`: a condition on its rows.
    """
    operations = ", ".join(each for name in names for each in _operations(name, binds))
    return f"""
        WITH e AS ({source}),
        told AS (
            SELECT who, ts, profile_event AS event, unnest([{operations}]) AS o
            FROM e WHERE event_name IN {PROFILE_EVENTS} AND {only}
        ),
        ops AS MATERIALIZED (
            SELECT who, o.name AS name, o.op AS op, o.value AS value, ts, event FROM told WHERE o.value IS NOT NULL
        ),
        mixed AS MATERIALIZED (SELECT DISTINCT who, name FROM ops WHERE op > 0),
        plain AS (
            SELECT who, name, nullif(arg_max(value, struct_pack(ts, event)), 'null') AS value
            FROM ops ANTI JOIN mixed USING (who, name) GROUP BY who, name
        ),
        folded AS (
            SELECT who, name, list_reduce(
                list_prepend({START}, list({{op: op, value: value}} ORDER BY ts, event, op)),
                lambda a, x: {{op: x.op, value: {FOLD}}}
            ).value AS value
            FROM ops SEMI JOIN mixed USING (who, name) GROUP BY who, name
        )
        SELECT who, json_group_object(name, value) AS traits
        FROM (SELECT * FROM plain UNION ALL SELECT * FROM folded) WHERE value IS NOT NULL GROUP BY who
    """


def names_of(source: str, only: str) -> str:
    """A statement of `name`: what the operations of some actors name. `only`: a condition on the rows of `e`."""
    objects = ", ".join(f"(profile_ops->'/{op}')" for op in OPERATIONS[:-1])
    return f"""
        WITH e AS ({source}),
        told AS (SELECT unnest([{objects}]) AS told FROM e WHERE event_name IN {PROFILE_EVENTS} AND {only})
        SELECT DISTINCT unnest(json_keys(told)) AS name FROM told
        WHERE json_type(told) = 'OBJECT' ORDER BY name LIMIT {MAX_TRAITS}
    """


def _operations(name: str, binds: Binds) -> list[str]:
    """One struct an operation; its value is NULL where a row does not have it."""
    label = binds.add(name)
    pointers = [*[pointer(op) + pointer(name) for op in OPERATIONS[:-1]], pointer(OPERATIONS[-1])]
    found = f"json_extract(profile_ops, [{', '.join(binds.add(each) for each in pointers)}])"
    # `found` is one expression in all of them: the JSON is read once
    values = [f"{found}[{number}]" for number in range(1, len(OPERATIONS))]
    unset, text = f"{found}[{len(OPERATIONS)}]", f"to_json({label}::VARCHAR)"
    values.append(f"""CASE WHEN CASE json_type({unset})
        WHEN 'OBJECT' THEN json_exists({unset}, {binds.add(pointer(name))})
        WHEN 'ARRAY' THEN list_contains(from_json({unset}, '["JSON"]'), {text})
        ELSE {unset} = {text} END THEN {unset} END""")
    return [f"{{name: {label}::VARCHAR, op: {op}, value: {value}}}" for op, value in enumerate(values)]
