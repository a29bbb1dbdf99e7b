"""The people behind any number of any chart.

    CREATE TEMP TABLE chosen AS SELECT DISTINCT who FROM …what the chart counted, by its own builder…
    SELECT …a page of them, seen last first…

Each kind's statement comes from the CTEs that its answer is counted from, so both agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from events.identity import people
from events.query import lifecycle, stickiness
from events.query.asking import Asking, asking_of
from events.query.buckets import buckets_of
from events.query.flows import actors_of_flows
from events.query.funnels import actors_of_funnel
from events.query.retention import actors_of_retention
from events.query.trends_actors import actors_of_trends, number_of
from events.query.types import Actors, At, Flows, Funnel, Insight, Lifecycle, Retention, Stickiness, Trends
from events.query.values import is_chosen
from obc_analytics.errors import BadRequest


def answer(asking: Asking, question: Actors) -> dict[str, Any]:
    """`{"actors": [people.Person…], "total", "offset", "limit"}`; `total` is the number that was clicked on,
    where that counts actors."""
    chosen = choose(asking, question.of, question.at)
    found, total = people.page(asking, chosen, question.limit, question.offset)
    return {
        "actors": [person.as_dict() for person in found],
        "total": total,
        "offset": question.offset,
        "limit": question.limit,
    }


def choose(asking: Asking, of: Insight, at: At) -> str:
    """The name of a temporary table of the column `who`, each once. Raises BadRequest with paths of the whole
    question: `$.of…` and `$.at…`."""
    try:
        inner = asking_of(asking.relation, asking.tenant, of, asking.now, asking.cohorts)
        inner.told.tables = asking.told.tables  # one connection, one set of names
        return inner.table("chosen", lambda: STATEMENTS[type(of)](inner, of, at))
    except BadRequest as error:
        path = str(error.details.get("path", "$"))
        if not path.startswith("$.at"):
            error.details["path"] = "$.of" + path.removeprefix("$")
        raise


def _of_lifecycle(asking: Asking, question: Lifecycle, at: At) -> str:
    if at.state is None or at.bucket is None:
        raise BadRequest("a lifecycle's number has a state and a bucket", path="$.at.state")
    buckets = buckets_of(asking.period, question.interval, asking.now)
    number = number_of(at.bucket, buckets.labels) + 1
    breakdown = question.breakdown if at.breakdown is not None else ()
    of_value = is_chosen(at.breakdown, question.breakdown, asking.binds)
    states = lifecycle.states_sql(asking, question, breakdown)
    tests = " AND ".join([f"b = {number}", f"state = '{at.state}'", *of_value])
    return f"{states} SELECT who FROM states WHERE {tests}"


def _of_stickiness(asking: Asking, question: Stickiness, at: At) -> str:
    if at.n is None:
        raise BadRequest("a stickiness bar has an n", path="$.at.n")
    breakdown = question.breakdown if at.breakdown is not None else ()
    of_value = is_chosen(at.breakdown, question.breakdown, asking.binds)
    tests = " AND ".join([f"n {'>=' if question.at_least else '='} {at.n}", *of_value])
    return f"{stickiness.days_sql(asking, question, breakdown)} SELECT who FROM days WHERE {tests}"


STATEMENTS: dict[type, Callable[[Asking, Any, At], str]] = {
    Trends: actors_of_trends,
    Funnel: actors_of_funnel,
    Retention: actors_of_retention,
    Flows: actors_of_flows,
    Lifecycle: _of_lifecycle,
    Stickiness: _of_stickiness,
}
