"""Static cohorts: frozen copies, and the people behind a number, found once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from events.cohorts.people import MAX_MEMBERS, CohortIds, ids
from events.models import Cohort
from events.query import run
from events.query.types import Actors, to_json
from obc_analytics.errors import BadRequest
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

CHUNK = 20_000
INSERT = """
INSERT INTO cohort_members (id, tenant_id, cohort_id, distinct_id)
SELECT gen_random_uuid(), %s, %s, each FROM unnest(%s::varchar[]) AS each
"""
COPY = """
INSERT INTO cohort_members (id, tenant_id, cohort_id, distinct_id)
SELECT gen_random_uuid(), tenant_id, %s, distinct_id FROM cohort_members WHERE tenant_id = %s AND cohort_id = %s
"""


def of_people(tenant: TenantConfig, question: Actors, **fields: Any) -> Cohort:
    """A static cohort of all the people behind a number, whatever page of them the question asks for.

    `fields`: name, description and created_by_id of the Cohort. Raises BadRequest below `$.from`, and what
    run.answered raises.
    """
    try:
        found = run.answered(tenant, CohortIds(of=question), ids)["ids"]
    except BadRequest as error:
        path = str(error.details.get("path", "$"))
        # of the cohorts that it names paths say where the question stands in CohortIds; all others are its own
        error.details["path"] = "$.from" + (path[4:] if path.startswith("$.of.of") else path[1:])
        raise
    return _keep(tenant, found, {"query": to_json(question)}, **fields)


def copied(tenant: TenantConfig, cohort: Cohort, static: bool, timezone: str | None = None, **fields: Any) -> Cohort:
    """A cohort of the same definition, or its members of this moment, found in this timezone, as a static one."""
    if cohort.static:
        return _again(tenant, cohort, **fields)
    if not static:
        with tenant_scope(tenant.id):
            made: Cohort = Cohort.objects.create(tenant_id=tenant.id, definition=cohort.definition, **fields)
        return made
    found = run.answered(tenant, CohortIds(cohort=str(cohort.id), timezone=timezone), ids)["ids"]
    return _keep(tenant, found, {"definition": cohort.definition}, **fields)


def _keep(tenant: TenantConfig, found: Sequence[str], origin: dict[str, Any], **fields: Any) -> Cohort:
    if len(found) > MAX_MEMBERS:
        raise BadRequest(f"A static cohort has at most {MAX_MEMBERS:,} members; narrow it.", path="$")
    with tenant_scope(tenant.id):
        cohort: Cohort = Cohort.objects.create(
            tenant_id=tenant.id, static=True, origin=origin, member_count=len(found), **fields
        )
        with connection.cursor() as cursor:
            for start in range(0, len(found), CHUNK):
                cursor.execute(INSERT, [tenant.id, cohort.id, list(found[start : start + CHUNK])])
    return cohort


def _again(tenant: TenantConfig, cohort: Cohort, **fields: Any) -> Cohort:
    values = {"static": True, "origin": cohort.origin, "member_count": cohort.member_count}
    with tenant_scope(tenant.id):
        copy: Cohort = Cohort.objects.create(tenant_id=tenant.id, **values, **fields)
        with connection.cursor() as cursor:
            cursor.execute(COPY, [copy.id, tenant.id, cohort.id])
    return copy
