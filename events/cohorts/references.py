"""The cohorts that a question names: found in it, read, checked, with the path of each place that is wrong.

A question names one as `"cohort": "<id>"`, and as the property `cohort:<id>` of filters, breakdowns and held
properties; its values are `true` and `false`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from events.cohorts.types import Condition, parse_definition
from events.models import Cohort, CohortMember
from events.query.properties import COHORT
from events.query.types import Filter
from obc_analytics.errors import BadRequest
from tenants.scope import tenant_scope

OPS = ("is", "is_not", "in", "not_in")
VALUES = ("true", "false")
MOST = 20  # cohorts of one question
OPAQUE = {"value", "at"}  # parts of a question that hold values, not names


@dataclass(frozen=True, slots=True)
class Known:
    """A cohort as a question needs it: by its definition, or, when that is None, by the ids of its members.

    `version` 0: not saved.
    """

    id: uuid.UUID
    name: str
    version: int
    definition: Condition | None
    members: Callable[[], list[str]]


def known_to(tenant_id: uuid.UUID, question: Any) -> dict[uuid.UUID, Known]:
    """The cohorts that the question (a frozen struct) names.

    Raises BadRequest naming the path of one that is not there, is in the trash or is another tenant's, and of a
    filter that can't be asked of a cohort.
    """
    if b"cohort" not in msgspec.json.encode(question):  # nearly all
        return {}
    places = [(path, _id(text, path)) for path, text in _places(msgspec.to_builtins(question), "$")]
    wanted = {id_ for _, id_ in places}
    if len(wanted) > MOST:
        raise BadRequest(f"a question names at most {MOST} cohorts", path=places[0][0])
    found = read(tenant_id, wanted)
    for path, id_ in places:
        if id_ not in found:
            raise BadRequest(f"There is no cohort of this id at {path}; it may have been deleted.", path=path)
    return found


def read(tenant_id: uuid.UUID, ids: set[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """Those of the ids that the tenant has, without the ones in its trash."""
    if not ids:
        return {}
    with tenant_scope(tenant_id):
        rows = list(Cohort.objects.of(tenant_id).kept().filter(id__in=ids))
    return {row.id: known(row) for row in rows}


def known(row: Cohort) -> Known:
    definition = None if row.static else parse_definition(row.definition, "$.definition")
    return Known(row.id, row.name, row.version, definition, lambda: members_of(row))


def members_of(row: Cohort) -> list[str]:
    """Ids of a static cohort's members. They never change, so that any moment is as good as the snapshot's.

    Raises BadRequest when the cohort was deleted meanwhile: fewer members would pass for its answer.
    """
    with tenant_scope(row.tenant_id):
        ids = CohortMember.objects.filter(tenant_id=row.tenant_id, cohort_id=row.id)
        found = list(ids.values_list("distinct_id", flat=True))
    if len(found) != row.member_count:
        raise BadRequest("The cohort was deleted meanwhile.", property=f"{COHORT}{row.id}")
    return found


def versions(cohorts: Mapping[uuid.UUID, Known]) -> tuple[tuple[str, int], ...]:
    """What a remembered answer depends on, of cohorts."""
    return tuple(sorted((str(id_), each.version) for id_, each in cohorts.items()))


def _places(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where cohorts are named, and the text that should be an id."""
    if isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _places(each, f"{path}[{number}]")
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "cohort" and isinstance(each, str):
                yield f"{path}.{name}", each
            elif name == "property" and isinstance(each, str) and each.startswith(COHORT):
                _check_filter(value, path)
                yield f"{path}.{name}", each.removeprefix(COHORT)
            elif name == "hold":
                held = enumerate(map(str, each))
                yield from ((f"{path}.hold[{at}]", text[len(COHORT) :]) for at, text in held if text.startswith(COHORT))
            elif name not in OPAQUE:
                yield from _places(each, f"{path}.{name}")


def _check_filter(part: dict[str, Any], path: str) -> None:
    if "op" not in part:
        return
    if part["op"] not in OPS:
        raise BadRequest(f"of a cohort one can ask {', '.join(OPS)}, at {path}.op", path=f"{path}.op")
    value = part.get("value")
    for each in value if isinstance(value, list) else [value]:
        if each not in VALUES and not isinstance(each, bool):
            raise BadRequest(f'a cohort\'s values are "true" and "false", at {path}.value', path=f"{path}.value")


def asks_for(filter_: Filter) -> set[bool]:
    """Who passes a filter of a cohort: its members (True), all others (False), or both."""
    value = filter_.value if isinstance(filter_.value, list) else [filter_.value]
    named = {each is True or each == "true" for each in value}
    return named if filter_.op in ("is", "in") else {True, False} - named


def _id(text: str, path: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise BadRequest(f"{text[:60]!r} is no id of a cohort, at {path}", path=path) from None
