"""A saved question: what `POST query` takes, and how its answer is shown."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from dashboards.models.owned import Asker, Owned, OwnedQuerySet, Sharing


class SavedInsightQuerySet(OwnedQuerySet):
    def of_kind(self, kind: str) -> SavedInsightQuerySet:
        return self.filter(question__kind=kind)

    def remember_duration(self, id_: uuid.UUID, milliseconds: float) -> None:
        """How long it took last; no new version, since nobody changed anything."""
        self.filter(id=id_).update(last_duration_ms=round(milliseconds))


class SavedInsight(Owned):
    """`question` is the object of `POST query` without its range, which stands in `view` as pages name it.

    `view`: `chart`, `format`, `range` (`30d`, `2026-10-01..2026-10-31`), `value`; see dashboards/insights/view.py.
    """

    question = models.JSONField()
    view = models.JSONField(default=dict, blank=True)
    last_duration_ms = models.PositiveIntegerField(null=True, editable=False)

    objects: ClassVar[Any] = SavedInsightQuerySet.as_manager()

    class Meta:
        db_table = "saved_insights"
        indexes = [models.Index(fields=["tenant", "updated_at", "id"], name="saved_insights_updated")]

    @property
    def kind(self) -> str:
        return self.question.get("kind", "") if isinstance(self.question, dict) else ""

    def duplicate(self, asker: Asker) -> SavedInsight:
        """A private copy that belongs to the asker."""
        return SavedInsight.objects.create(
            tenant_id=self.tenant_id,
            name=f"{self.name[:190]} (copy)",
            description=self.description,
            owner_id=asker.user_id,
            sharing=Sharing.PRIVATE if asker.user_id is not None else Sharing.SHARED,
            question=self.question,
            view=self.view,
        )
