"""What people make and keep: a name, a version against lost updates, a trash."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.timezone import now

from events.models.facts import TenantRow
from obc_analytics.errors import Conflict, Forbidden, NotFound
from tenants.access import at_least
from tenants.models import Role


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks or changes. A secret key has no user; it is a viewer, or with the scope `manage` an owner."""

    user_id: int | None
    role: str

    @property
    def owns(self) -> bool:
        return at_least(self.role, Role.OWNER)

    @property
    def writes(self) -> bool:
        return at_least(self.role, Role.ANALYST)


class KeptQuerySet(models.QuerySet["Any"]):
    """Inside a tenant's scope; `of` names the tenant for the index as well."""

    def of(self, tenant_id: uuid.UUID) -> Self:
        return self.filter(tenant_id=tenant_id)

    def visible_to(self, asker: Asker) -> Self:
        """All of them."""
        return self

    def kept(self) -> Self:
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        return self.exclude(trashed_at=None)

    def search(self, text: str) -> Self:
        """Every word in the name or the description."""
        found = self
        for word in text.replace("\x00", "").split()[:10]:
            found = found.filter(models.Q(name__icontains=word) | models.Q(description__icontains=word))
        return found

    def reach(self, id_: uuid.UUID, asker: Asker) -> Any:
        """The row, as far as the asker may see it. Raises NotFound."""
        found = self.visible_to(asker).filter(id=id_).first()
        if found is None:
            raise NotFound
        return found

    def take(self, id_: uuid.UUID, asker: Asker, seen: int | None = None) -> Any:
        """The row, locked to be changed by the asker, who saw its version `seen`.

        Raises NotFound, Forbidden, and Conflict when somebody saved it since.
        """
        found = self.select_for_update().reach(id_, asker)
        if not found.may_change(asker):
            raise Forbidden("Changing this needs the role analyst.")
        if seen is not None and seen != found.version:
            raise Conflict("Somebody saved this meanwhile.", version=found.version)
        return found


class Kept(TenantRow):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True, default="")
    version = models.PositiveIntegerField(default=1, help_text="Counts saves: a change names the one it saw")
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = KeptQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def may_change(self, asker: Asker) -> bool:
        return asker.writes

    def change(self, **fields: Any) -> None:
        """Save these fields as the next version."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.version += 1
        self.updated_at = now()
        self.save(update_fields=[*fields, "version", "updated_at"])

    def trash(self) -> None:
        if self.trashed_at is None:
            self.change(trashed_at=now())

    def restore(self) -> None:
        if self.trashed_at is not None:
            self.change(trashed_at=None)
