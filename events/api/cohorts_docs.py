"""What OpenAPI says of cohorts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from events.api import cohorts_serializers as serializers
from events.api.docs import TENANT, TIMEZONE, ok, text
from events.api.serializers import AnswerSerializer
from events.cohorts.types import MAX_CONDITIONS, MAX_DEPTH
from obc_analytics.openapi import failures

COHORT_ID = OpenApiParameter("cohort_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
DEFINITION = {
    "type": "all",
    "conditions": [
        {"type": "behaviour", "event": "search", "times": "at_least", "n": 3, "last_days": 30},
        {"type": "not", "condition": {"type": "property", "property": "profile:plan", "op": "is", "value": "free"}},
    ],
}
NEW = OpenApiExample("cohort", value={"name": "Searchers who pay", "definition": DEFINITION}, request_only=True)
PEOPLE = OpenApiExample(
    "people behind a number",
    value={
        "name": "Signed up",
        "from": {"kind": "actors", "of": {"kind": "trends", "series": [{"event": "signup", "measure": "uniques"}]}},
    },
    request_only=True,
)
SIZE = {"size": 312, "everybody": 4012, "as_of_seq": 8812}
MEMBERS = {**SIZE, "people": [{"id": "ada", "name": "Ada", "events": 12}]}
SAYS = (
    "A definition is a condition: `behaviour` (did `event`, with `filters`, `times` at_least, at_most or exactly `n`, "
    "in the `last_days`, today included, or `between` two local days; never: exactly 0), `property` (what is known of "
    "the person: `profile:` names, or a built-in as the latest event that has it says), `all` and `any` of "
    f"`conditions`, `not` a `condition`; at most {MAX_CONDITIONS}, {MAX_DEPTH} deep. Other cohorts can't be named in "
    "it. Instead of a definition, `from` takes an actors query and makes a static cohort of those people. Questions "
    'name a cohort as `"cohort": "<id>"`, and as the property `cohort:<id>` with the values `true` and `false`.'
)


def operation(name: str, summary: str, answer: dict[int, Any], *parameters: Any, **options: Any) -> Any:
    return extend_schema(
        tags=["Cohorts"],
        operation_id=name,
        summary=summary,
        parameters=[TENANT, *parameters],
        responses={**answer, **failures(400, 401, 403, 404, 409, 429)},
        **{"request": None, **options},
    )


def asked(name: str, summary: str, answer: dict[str, Any], *parameters: Any, **options: Any) -> Any:
    """An operation that reads events."""
    return extend_schema(
        tags=["Cohorts"],
        operation_id=name,
        summary=summary,
        parameters=[TENANT, *parameters],
        responses={200: ok(AnswerSerializer, answer), **failures(400, 401, 403, 404, 429, 503, 504)},
        **options,
    )


ONE = {200: serializers.CohortSerializer}
MADE = {201: serializers.CohortSerializer}
LIMIT = OpenApiParameter("limit", OpenApiTypes.INT, description="At most 200; default 50")
OFFSET = OpenApiParameter("offset", OpenApiTypes.INT)
PAGE = OpenApiParameter("limit", OpenApiTypes.INT, description="At most 1,000; default 100")
COHORTS: dict[str, Any] = {
    "list": operation(
        "list_cohorts",
        "Cohorts, the last changed first",
        {200: serializers.CohortListSerializer},
        text("search", "Words of the name or the description"),
        text("kind", enum=("dynamic", "static")),
        text("trash", "1: those in the trash", enum=("0", "1")),
        LIMIT,
        OFFSET,
    ),
    "create": operation(
        "create_cohort",
        "Make a cohort (analysts)",
        MADE,
        description=SAYS,
        request=serializers.CohortSerializer,
        examples=[NEW, PEOPLE],
    ),
    "retrieve": operation("get_cohort", "One cohort", ONE, COHORT_ID),
    "partial_update": operation(
        "change_cohort",
        "Change a cohort; the next answer knows",
        ONE,
        COHORT_ID,
        request=serializers.CohortSerializer,
        examples=[OpenApiExample("rename", value={"name": "Searchers", "version": 3}, request_only=True)],
    ),
    "destroy": operation("delete_cohort", "Delete one that is in the trash, for good", {204: None}, COHORT_ID),
    "trash": operation("trash_cohort", "Into the trash: questions that name it are refused", ONE, COHORT_ID),
    "restore": operation("restore_cohort", "Out of the trash", ONE, COHORT_ID),
    "copy": operation(
        "copy_cohort",
        "A static copy of its members of this moment, or another cohort of its definition",
        MADE,
        COHORT_ID,
        request=serializers.CopySerializer,
    ),
    "size": asked("cohort_size", "How many people are in a cohort", SIZE, COHORT_ID, TIMEZONE),
    "members": asked("cohort_members", "Its people, seen last first", MEMBERS, COHORT_ID, TIMEZONE, PAGE, OFFSET),
    "preview": asked(
        "preview_cohort",
        "How many people a definition has, before it is saved",
        SIZE,
        request=serializers.DraftSerializer,
        examples=[OpenApiExample("definition", value={"definition": DEFINITION}, request_only=True)],
    ),
}
