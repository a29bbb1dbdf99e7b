"""Forms: what became of each attempt to fill one in.

    f AS (SELECT who, form, event_name, ts, … FROM e WHERE event_name IN ('form_start', 'form_submit', 'form_abandon')),
    numbered AS (… number: how many form_starts of that actor and form came so far …),
    attempts AS (SELECT who, form, number, outcome FROM numbered GROUP BY who, form, number)

An attempt begins with a form_start in the range. What the actor does with that form until the next form_start of
it, and within 24 hours, belongs to it; that may lie after the range's end. It
  succeeded   when a form_submit did not say `success: false`,
  failed      when all its form_submits said so,
  abandoned   when there was none, but a form_abandon,
  left        when nothing followed.
starts = succeeded + failed + abandoned + left.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from events.query import conditions
from events.query.asking import Asking, names_in
from events.query.buckets import Buckets, buckets_of, number_sql
from events.query.types import Forms
from events.query.values import NONE

LASTS = timedelta(hours=24)
TOP_ERRORS = 50
OUTCOMES = ("succeeded", "failed", "abandoned", "left")


def answer(asking: Asking, question: Forms) -> dict[str, Any]:
    """`{"buckets", "incomplete", "starts", "succeeded", "forms": [{"form", "starts", "users", "submits", "succeeded",
    "failed", "abandoned", "left", "median_seconds"}], "fields": [{"form", "field", "abandoned", "failed"}],
    "errors": [{"form", "message", "count"}]}`; `starts` and `succeeded` one number a bucket of the start.

    `fields`: where abandoned attempts ended, and which field failed submits named.
    """
    asking.prepare(names_in(asking.filters))
    buckets = buckets_of(asking.period, question.interval, asking.now)
    asking.rows(f"CREATE OR REPLACE TEMP TABLE steps AS {_steps_sql(asking, buckets, question)}")
    asking.rows(f"CREATE OR REPLACE TEMP TABLE attempts AS {ATTEMPTS}")
    trend = asking.rows(f"""
        SELECT {number_sql(buckets.edges, asking.binds, "started")} AS bucket, count(*),
            count(*) FILTER (outcome = 'succeeded') FROM attempts GROUP BY bucket
    """)
    by_bucket = {bucket: (starts, succeeded) for bucket, starts, succeeded in trend}
    return {
        "buckets": list(buckets.labels),
        "incomplete": list(buckets.incomplete),
        "starts": [by_bucket.get(number, (0, 0))[0] for number in range(buckets.count)],
        "succeeded": [by_bucket.get(number, (0, 0))[1] for number in range(buckets.count)],
        "forms": _forms(asking, question.limit),
        "fields": _named(asking, FIELDS, ("form", "field", "abandoned", "failed")),
        "errors": _named(asking, ERRORS, ("form", "message", "count")),
    }


def _steps_sql(asking: Asking, buckets: Buckets, question: Forms) -> str:
    chosen = "true" if question.form is None else f"form = {asking.binds.add(question.form)}"
    since, until = asking.binds.add(buckets.since), asking.binds.add(buckets.until)
    return f"""
        WITH e AS ({asking.events(buckets.since, buckets.until + LASTS)}),
        f AS (
            SELECT who, ts, seq, event_name, properties,
                left(coalesce(json_extract_string(properties, '/form'), '{NONE}'), 300) AS form
            FROM e WHERE event_name IN ('form_start', 'form_submit', 'form_abandon')
                AND {conditions.all_of(asking.filters, asking.binds)}
        ),
        numbered AS (
            SELECT *, count(*) FILTER (event_name = 'form_start') OVER so_far AS number,
                max(CASE WHEN event_name = 'form_start' THEN ts END) OVER so_far AS started
            FROM f WHERE {chosen}
            WINDOW so_far AS (PARTITION BY who, form ORDER BY ts, seq ROWS UNBOUNDED PRECEDING)
        )
        SELECT * EXCLUDE (properties), left(json_extract_string(properties, '/field'), 200) AS field,
            event_name = 'form_submit' AND json_extract_string(properties, '/success') IS NOT DISTINCT FROM 'false'
                AS failing,
            CASE WHEN event_name = 'form_submit' THEN json_extract_string(properties, '$.errors[*]') END AS errors
        FROM numbered
        WHERE number > 0 AND started >= {since} AND started < {until} AND ts <= started + INTERVAL 24 HOUR
    """


ATTEMPTS = """
    SELECT who, form, number, min(started) AS started, count(*) FILTER (event_name = 'form_submit') AS submits,
        min(ts) FILTER (event_name = 'form_submit' AND NOT failing) AS succeeded_at,
        CASE WHEN bool_or(event_name = 'form_submit' AND NOT failing) THEN 'succeeded'
             WHEN bool_or(failing) THEN 'failed'
             WHEN bool_or(event_name = 'form_abandon') THEN 'abandoned' ELSE 'left' END AS outcome
    FROM steps GROUP BY who, form, number
"""
FIELDS = f"""
    WITH ended AS (
        SELECT form, arg_max(coalesce(field, '{NONE}'), (ts, seq)) AS field FROM steps
        JOIN attempts USING (who, form, number) WHERE outcome = 'abandoned' AND event_name = 'form_abandon'
        GROUP BY who, form, number
    ),
    counted AS (
        SELECT form, field, count(*) AS abandoned, 0 AS failed FROM ended GROUP BY form, field
        UNION ALL
        SELECT form, coalesce(field, '{NONE}'), 0, count(*) FROM steps WHERE failing GROUP BY ALL
    )
    SELECT form, field, sum(abandoned)::BIGINT AS a, sum(failed)::BIGINT AS f FROM counted
    GROUP BY form, field ORDER BY a + f DESC, form, field LIMIT 200
"""
ERRORS = f"""
    SELECT form, left(message, 300) AS message, count(*) AS n
    FROM (SELECT form, unnest(errors) AS message FROM steps WHERE failing) WHERE message IS NOT NULL
    GROUP BY ALL ORDER BY n DESC, form, message LIMIT {TOP_ERRORS}
"""


def _forms(asking: Asking, limit: int) -> list[dict[str, Any]]:
    counts = ", ".join(f"count(*) FILTER (outcome = '{outcome}') AS {outcome}" for outcome in OUTCOMES)
    statement = f"""
        SELECT form, count(*) AS starts, count(DISTINCT who), sum(submits)::BIGINT, {counts},
            median(epoch_us(succeeded_at) - epoch_us(started)) / 1e6
        FROM attempts GROUP BY form ORDER BY starts DESC, form LIMIT {limit}
    """
    return _named(asking, statement, ("form", "starts", "users", "submits", *OUTCOMES, "median_seconds"))


def _named(asking: Asking, statement: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in asking.rows(statement)]
