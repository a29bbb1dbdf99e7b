"""Things that people make: one owner, private or shared with the tenant; the rest is events/models/kept.py."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models

from events.models.kept import Asker, Kept, KeptQuerySet

__all__ = ["Asker", "Owned", "OwnedQuerySet", "Sharing"]


class Sharing(models.TextChoices):
    PRIVATE = "private", "Private"
    SHARED = "shared", "Shared"


class OwnedQuerySet(KeptQuerySet):
    def visible_to(self, asker: Asker) -> Self:
        """Shared ones and one's own; an owner of the tenant sees all."""
        if asker.owns:
            return self
        mine = models.Q(owner_id=asker.user_id) if asker.user_id is not None else models.Q()
        return self.filter(models.Q(sharing=Sharing.SHARED) | mine)


class Owned(Kept):
    # null: made with a key, or its person has left. No key in the database: the tables may be on other machines
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="+"
    )
    sharing = models.CharField(max_length=7, choices=Sharing.choices, default=Sharing.PRIVATE)

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def may_change(self, asker: Asker) -> bool:
        """Analysts change their own and what is shared, owners of the tenant all."""
        if asker.owns:
            return True
        mine = asker.user_id is not None and asker.user_id == self.owner_id
        return asker.writes and (mine or self.sharing == Sharing.SHARED)
