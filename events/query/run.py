"""One question → one answer: the snapshot, the cache, the builder, the clock.

API, pages and exports all come through `run()`, so two answers to one question agree.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from events import metrics
from events.cohorts import references
from events.query import (
    actors,
    checked,
    errors,
    flows,
    forms,
    funnels,
    lifecycle,
    people_sql,
    retention,
    snapshot,
    stickiness,
    trends,
    visits,
    vitals,
)
from events.query.asking import Asking, asking_of, utc_now
from events.query.engine import Ticket
from events.query.relation import SegmentUnreadable, opened
from events.query.types import (
    Actors,
    AnyQuestion,
    Errors,
    Flows,
    Forms,
    Funnel,
    Lifecycle,
    Retention,
    Session,
    Sessions,
    Sql,
    Stickiness,
    Trends,
    Vitals,
)
from obc_analytics.errors import ObcError, TooSlow
from tenants.auth import TenantConfig

Builder = Callable[[Asking, Any], dict[str, Any]]
Cohorts = Mapping[uuid.UUID, references.Known]

BUILDERS: dict[type, Builder] = {
    Trends: trends.answer,
    Funnel: funnels.answer,
    Retention: retention.answer,
    Flows: flows.answer,
    Lifecycle: lifecycle.answer,
    Stickiness: stickiness.answer,
    Errors: errors.answer,
    Vitals: vitals.answer,
    Forms: forms.answer,
    Sessions: visits.listed,
    Session: visits.one,
    Sql: people_sql.answer,
    Actors: actors.answer,
}

CACHED = 500
LARGEST = 2**20  # bytes of an answer that is remembered
NARROW = "a shorter range, fewer breakdown values, or a filter on the event"

_cache: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
_cache_lock = threading.Lock()


def run(
    tenant: TenantConfig, question: AnyQuestion, *, ticket: Ticket | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """The answer, with `kind`, `as_of_seq` and `timing_ms`. Raises what `answered` raises."""
    started = time.perf_counter()
    answer = answered(tenant, question, BUILDERS[type(question)], ticket=ticket, now=now)
    kind = question.__struct_config__.tag
    return {"kind": kind, **answer, "timing_ms": round((time.perf_counter() - started) * 1000, 1)}


def answered(
    tenant: TenantConfig, question: Any, build: Builder, *, ticket: Ticket | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """What `build` makes of the question (a frozen, tagged struct), from the cache when its data is unchanged.

    With `as_of_seq`, and `cached` when it was known. Raises BadRequest (the question), TooSlow, Overloaded,
    SegmentUnreadable and engine.Cancelled: in a request, when its connection closes.
    """
    ticket = ticket or Ticket()
    moment = now or utc_now()
    checked.check(question)
    cohorts = references.known_to(tenant.id, question)
    try:
        answer = _twice(tenant, question, build, ticket, moment, cohorts)
    except ObcError as error:
        metrics.QUESTIONS.labels(error.code).inc()
        raise
    metrics.QUESTIONS.labels("remembered" if answer.get("cached") else "answered").inc()
    return answer


def _twice(
    tenant: TenantConfig, question: Any, build: Builder, ticket: Ticket, now: datetime, cohorts: Cohorts
) -> dict[str, Any]:
    """Once more, with a fresh manifest, where a file is gone: a merge may have replaced it meanwhile."""
    try:
        return _answer(tenant, question, build, ticket, now, cohorts)
    except SegmentUnreadable:
        return _answer(tenant, question, build, ticket, now, cohorts)
    except TooSlow as error:
        raise TooSlow(f"{error.message} Narrow it: {NARROW}.", narrow=NARROW) from error


def _answer(
    tenant: TenantConfig, question: Any, build: Builder, ticket: Ticket, now: datetime, cohorts: Cohorts
) -> dict[str, Any]:
    key_of = _key_maker(tenant, question, now, references.versions(cohorts))
    with snapshot.take(tenant.id, wanted=lambda state: key_of(state) not in _cache) as state:
        key = key_of(state)
        if (known := _known(key)) is not None:
            return {**known, "cached": True}
        if state.tail_rows and state.tail is None:  # it left the cache between the two looks
            return _answer(tenant, question, build, ticket, now, cohorts)
        with opened(state, ticket) as relation:
            asking = asking_of(relation, tenant, question, now, cohorts)
            answer = {**build(asking, question), "as_of_seq": state.as_of_seq}
    _remember(key, answer)
    return answer


def _key_maker(
    tenant: TenantConfig, question: Any, now: datetime, cohorts: tuple[Any, ...]
) -> Callable[[snapshot.Snapshot], tuple[Any, ...]]:
    """Equal keys, equal answers: the question, the minute (what is incomplete moves), the versions of its cohorts
    and of the data."""
    encoded = msgspec.json.encode(question)
    minute = now.replace(second=0, microsecond=0)
    return lambda state: (tenant.id, tenant.timezone, encoded, minute, cohorts, state.version)


def _known(key: tuple[Any, ...]) -> dict[str, Any] | None:
    with _cache_lock:
        found = _cache.get(key)
        if found is None:
            return None
        _cache.move_to_end(key)
    return msgspec.json.decode(found)


def _remember(key: tuple[Any, ...], answer: dict[str, Any]) -> None:
    encoded = msgspec.json.encode(answer)
    if len(encoded) > LARGEST:
        return
    with _cache_lock:
        _cache[key] = encoded
        while len(_cache) > CACHED:
            _cache.popitem(last=False)


def forget() -> None:
    with _cache_lock:
        _cache.clear()
