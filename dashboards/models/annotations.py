"""A dated note: what happened on a day, shown on every time chart of the tenant."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from events.models.facts import TenantRow


class AnnotationQuerySet(models.QuerySet["Any"]):
    """Inside a tenant's scope; `of` names the tenant for the index as well."""

    def of(self, tenant_id: uuid.UUID) -> Self:
        return self.filter(tenant_id=tenant_id)

    def between(self, first: date, last: date) -> Self:
        """Both days inclusive, in the order of time."""
        return self.filter(day__range=(first, last)).order_by("day", "created_at", "id")


class Annotation(TenantRow):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    day = models.DateField(help_text="Local day of whoever looks at the chart")
    text = models.CharField(max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[Any] = AnnotationQuerySet.as_manager()

    class Meta:
        db_table = "annotations"
        indexes = [models.Index(fields=["tenant", "day", "id"], name="annotations_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.text}"
