"""Why one actor counts where it does: which event, window or rule decided each step.

    {"actor", "counted": true, "summary": "…", "attempts": [{"started", "ended", "counts", "steps": [
        {"step", "event", "status", "at", "event_id", "seconds", "sentence"}]}]}          of a funnel
    {"actor", "counted": true, "summary": "…", "births": [{"cohort", "at", "event_id", "periods": [
        {"period", "status", "at", "event_id", "sentence"}]}]}                            of a retention

Times are RFC 3339 in UTC; sentences use the question's timezone.
"""

from __future__ import annotations

from typing import Any

from events.cohorts import references
from events.query import explain_funnel, explain_retention, joined, properties
from events.query.asking import Asking, asking_of
from events.query.types import Explain, Funnel, Retention
from obc_analytics.errors import BadRequest, NotFound


def answer(asking: Asking, question: Explain) -> dict[str, Any]:
    """What run.answered() builds. Raises NotFound, and BadRequest with paths of the whole question: `$.of…`."""
    try:
        inner = asking_of(asking.relation, asking.tenant, question.of, asking.now, asking.cohorts)
        return explain(inner, question.of, question.actor)
    except BadRequest as error:
        error.details["path"] = "$.of" + str(error.details.get("path", "$")).removeprefix("$")
        raise


def explain(asking: Asking, question: Funnel | Retention, distinct_id: str) -> dict[str, Any]:
    """Raises NotFound for an id without events."""
    who = _somebody(asking, distinct_id)
    if (outside := _outside(asking, who)) is not None:
        parts = "attempts" if isinstance(question, Funnel) else "births"
        return {"actor": distinct_id, "counted": False, "summary": outside, parts: []}
    found = (
        explain_funnel.explain(asking, question, who)
        if isinstance(question, Funnel)
        else explain_retention.explain(asking, question, who)
    )
    return {"actor": distinct_id, **found}


def _outside(asking: Asking, who: int) -> str | None:
    """Why the question is not about this actor: the cohort that it names. None when it is."""
    for filter_ in asking.filters:
        if not filter_.property.startswith(properties.COHORT):
            continue
        id_ = properties.cohort_id(filter_.property)
        inside = bool(asking.rows(f"SELECT 1 FROM {joined.cohort(asking, id_)} WHERE who = {int(who)}"))
        if inside not in references.asks_for(filter_):
            name = f"“{asking.cohorts[id_].name}”"
            about = f"not in {name}, and this one is" if inside else f"in {name}, and this is not one"
            return f"Not counted: the question is about people {about}."
    return None


def _somebody(asking: Asking, distinct_id: str) -> int:
    """The canonical actor of an id as a client names it. Raises NotFound when it has no events."""
    who = asking.who_is(distinct_id)
    if not asking.rows(f"WITH e AS ({asking.events(None, None)}) SELECT 1 FROM e WHERE who = {who} LIMIT 1"):
        raise NotFound("There are no events of this id.")
    return who
