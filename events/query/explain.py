"""Why one actor counts where it does: which event, window or rule decided each step.

    {"actor", "counted": true, "summary": "…", "attempts": [{"started", "ended", "counts", "steps": [
        {"step", "event", "status", "at", "event_id", "seconds", "sentence"}]}]}          of a funnel
    {"actor", "counted": true, "summary": "…", "births": [{"cohort", "at", "event_id", "periods": [
        {"period", "status", "at", "event_id", "sentence"}]}]}                            of a retention

Times are RFC 3339 in UTC; sentences use the question's timezone.
"""

from __future__ import annotations

from typing import Any

from events.query import explain_funnel, explain_retention
from events.query.asking import Asking, asking_of
from events.query.types import Explain, Funnel, Retention
from obc_analytics.errors import BadRequest, NotFound


def answer(asking: Asking, question: Explain) -> dict[str, Any]:
    """What run.answered() builds. Raises NotFound, and BadRequest with paths of the whole question: `$.of…`."""
    try:
        inner = asking_of(asking.relation, asking.tenant, question.of, asking.now)
        return explain(inner, question.of, question.actor)
    except BadRequest as error:
        error.details["path"] = "$.of" + str(error.details.get("path", "$")).removeprefix("$")
        raise


def explain(asking: Asking, question: Funnel | Retention, distinct_id: str) -> dict[str, Any]:
    """Raises NotFound for an id without events."""
    who = _somebody(asking, distinct_id)
    found = (
        explain_funnel.explain(asking, question, who)
        if isinstance(question, Funnel)
        else explain_retention.explain(asking, question, who)
    )
    return {"actor": distinct_id, **found}


def _somebody(asking: Asking, distinct_id: str) -> int:
    """The canonical actor of an id as a client names it. Raises NotFound when it has no events."""
    who = asking.who_is(distinct_id)
    if not asking.rows(f"WITH e AS ({asking.events(None, None)}) SELECT 1 FROM e WHERE who = {who} LIMIT 1"):
        raise NotFound("There are no events of this id.")
    return who
