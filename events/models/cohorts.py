"""Cohorts: people by a definition, found anew by each question, or a list of people that never changes."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from events.models.facts import TenantRow
from events.models.kept import Kept


class Cohort(Kept):
    """`definition` is events/cohorts/types.py's as plain JSON. A static cohort has none; its members are rows of
    CohortMember, `member_count` of them, never changed, and `origin` says what they were found by:
    `{"definition": …}` of the cohort they were copied from, or `{"query": …}`, people behind a number.

    All members of the tenant see all cohorts: an answer that names one would be nobody's otherwise.
    """

    definition = models.JSONField(null=True)
    origin = models.JSONField(null=True, editable=False)
    static = models.BooleanField(default=False)
    member_count = models.PositiveIntegerField(null=True, editable=False, help_text="Ids of a static cohort")
    # null: made with a key, or its person has left. No key in the database: the tables may be on other machines
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="+"
    )

    class Meta:
        db_table = "cohorts"
        indexes = [models.Index(fields=["tenant", "updated_at", "id"], name="cohorts_updated")]


class CohortMember(TenantRow):
    """One member of a static cohort, by an id as clients name it; links say who that is when a question is asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    distinct_id = models.CharField(max_length=255)

    class Meta:
        db_table = "cohort_members"
        constraints = [models.UniqueConstraint(fields=["tenant", "cohort", "distinct_id"], name="cohort_members_once")]

    def __str__(self) -> str:
        return self.distinct_id
