"""A funnel's attempts out of attempts.py: rows are read in order of actor and time, one actor at a time.

WITH e AS (…),
s AS (SELECT who, unit, ts, seq, position, steps, excludes, …held, …values FROM e WHERE …),
r AS (SELECT * FROM s WHERE steps > 0 OR excludes > 0)
SELECT … FROM r WHERE (who, unit) has a start in the range ORDER BY who, unit, ts, seq
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from events.query.asking import Asking
from events.query.attempts import Attempt, Row, Rules, Walk
from events.query.funnel_events import micros, parts_of, source_of, unit_of, whole_source_of
from events.query.types import Funnel
from events.query.values import NONE, names_of

SEPARATOR = ","


def rules_of(asking: Asking, question: Funnel) -> Rules:
    return Rules(
        steps=len(question.steps),
        window=question.window.seconds * 1_000_000,
        since=micros(asking.period.since),
        until=micros(asking.period.until),
        order=question.order,
        counting=question.counting,
        exclusions=tuple((each.from_step, each.to_step or len(question.steps)) for each in question.exclusions),
    )


def rows_sql(asking: Asking, question: Funnel) -> str:
    """Rows of (who, unit, *fields of attempts.Row, held…, values…) of units in which an attempt starts."""
    since, until = asking.binds.add(asking.period.since), asking.binds.add(asking.period.until)
    starts = "steps > 0" if question.order == "any" else "steps % 2 = 1"
    return f"""
        WITH {_marked(asking, question, source_of)},
        units AS (SELECT DISTINCT who, unit FROM r WHERE {starts} AND ts >= {since} AND ts < {until})
        SELECT r.who, r.unit, {_fields(question)}
        FROM r JOIN units ON r.who = units.who AND r.unit = units.unit
        ORDER BY r.who, r.unit, ts, seq
    """


def rows_of_actor_sql(asking: Asking, question: Funnel, who: Any) -> str:
    """The same of one actor, whatever the time, and `event_id`, `event_name` at the end: for explain.py."""
    return f"""
        WITH {_marked(asking, question, whole_source_of, f"who = {asking.binds.add(who)}")}
        SELECT who, unit, {_fields(question)}, event_id, event_name FROM r ORDER BY unit, ts, seq
    """


def _marked(asking: Asking, question: Funnel, source: Callable[[Asking, Funnel], str], only: str = "true") -> str:
    """CTEs up to `r`: rows that can fill a step or exclude."""
    parts = parts_of(asking, question)  # before the source: it tells which profiles and cohorts to join
    position = "row_number() OVER (PARTITION BY who ORDER BY ts, seq)" if question.order == "strict" else "0"
    texts = "".join(f", {text} AS x{number}" for number, text in enumerate((*parts.hold, *parts.values)))
    return f"""e AS ({source(asking, question)}),
        s AS (
            SELECT who, {unit_of(question)} AS unit, ts, seq, event_id, event_name, {position} AS position,
                {_mask(parts.steps)} AS steps, {_mask(parts.exclusions)} AS excludes{texts}
            FROM e WHERE {parts.world} AND {only}
        ),
        r AS (SELECT * FROM s WHERE steps > 0 OR excludes > 0)"""


def _fields(question: Funnel) -> str:
    texts = "".join(f", x{number}" for number in range(len(question.hold) + len(question.breakdown)))
    return f"epoch_us(ts), position, steps, excludes{texts}"


def attempts_sql(asking: Asking, question: Funnel) -> str:
    """The CTE `attempts(who, t1 …, v0 …)`, its rows found here and bound as columns."""
    rows = asking.stream(rows_sql(asking, question))
    return _bound(asking, question, _found(rows, question, rules_of(asking, question)))


def _found(rows: Iterable[tuple[Any, ...]], question: Funnel, rules: Rules) -> Iterator[tuple[Any, ...]]:
    """One row (who, t1 …, v0 …) for each attempt that counts."""
    held, width = len(question.hold), rules.steps
    for (who, _), of_unit in groupby(rows, key=itemgetter(0, 1)):
        walk = Walk([Row(row[2], row[3], row[4], row[5], row[6 : 6 + held], row[6 + held :]) for row in of_unit], rules)
        for attempt in walk.counted():
            times = [walk.rows[number].ts for number in attempt.filled]
            values = [value_of(walk, attempt, question.attribution, each) for each in range(len(question.breakdown))]
            yield (who, *times, *[None] * (width - len(times)), *values)


def value_of(walk: Walk, attempt: Attempt, attribution: str, which: int) -> str:
    """The breakdown's value: at the first or last step that has one, or at step k."""
    filled = list(attempt.filled)
    if attribution == "last":
        filled.reverse()
    elif attribution != "first":
        wanted = int(attribution.removeprefix("step:")) - 1
        filled = [number for number, step in zip(attempt.filled, attempt.steps, strict=True) if step == wanted]
    values = (walk.rows[number].values[which] for number in filled)
    return next((value for value in values if value is not None), NONE)


def _bound(asking: Asking, question: Funnel, found: Iterable[tuple[Any, ...]]) -> str:
    """Numbers travel as one text a column (binding a list costs a µs a value), values as numbers of a list."""
    columns: list[list[str]] = [[] for _ in range(1 + len(question.steps) + len(question.breakdown))]
    first_value = 1 + len(question.steps)
    known: dict[str, int] = {}
    for row in found:
        for column, value in zip(columns[:first_value], row, strict=False):
            column.append("" if value is None else str(value))
        for column, value in zip(columns[first_value:], row[first_value:], strict=True):
            column.append(str(known.setdefault(value, len(known) + 1)))
    if not columns[0]:
        return _nothing(question)
    numbers = [_unnest(asking, column) for column in columns]
    selected = [f"{numbers[0]}::UBIGINT AS who"]
    selected += [f"nullif({text}, '')::BIGINT AS t{number}" for number, text in enumerate(numbers[1:first_value], 1)]
    if known:
        texts = asking.binds.add(list(known))
        selected += [
            f"({texts}::VARCHAR[])[{text}::BIGINT] AS v{number}" for number, text in enumerate(numbers[first_value:])
        ]
    return f"attempts AS (SELECT {', '.join(selected)})"


def _unnest(asking: Asking, column: list[str]) -> str:
    return f"unnest(string_split({asking.binds.add(SEPARATOR.join(column))}, '{SEPARATOR}'))"


def _nothing(question: Funnel) -> str:
    times = [f"NULL::BIGINT AS t{number}" for number in range(1, len(question.steps) + 1)]
    values = [f"NULL::VARCHAR AS {name}" for name in names_of(question.breakdown)]
    return f"attempts AS (SELECT {', '.join(['NULL::UBIGINT AS who', *times, *values])} WHERE false)"


def _mask(tests: tuple[str, ...]) -> str:
    return " + ".join(f"CASE WHEN {test} THEN {1 << bit} ELSE 0 END" for bit, test in enumerate(tests)) or "0"
