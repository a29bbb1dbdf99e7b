"""The log of identity links: which ids are one actor. Rows are added, never changed or removed."""

from __future__ import annotations

import uuid

from django.db import models

from events.models.facts import TenantRow


class LinkKind(models.TextChoices):
    DEVICE = "device", "A device and its user in one event"
    ALIAS = "alias", "An $alias event"
    MERGE = "merge", "Joined by hand"
    UNDO = "undo", "Taken apart by hand"


class IdentityLink(TenantRow):
    """One entry: `source` (a device, an alias) and `target` (the user) are one actor, or are no more.

    `version` is the tenant's `identity_version` that the writing transaction made, under its row lock: versions
    become visible in order, so a reader at version v sees every entry up to v (events/identity/record.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=LinkKind.choices)
    source = models.CharField(max_length=255)
    target = models.CharField(max_length=255)
    timestamp = models.DateTimeField(help_text="Of the event; of a link made by hand, when it was made")
    event_id = models.CharField(max_length=255)
    by = models.CharField(max_length=255, blank=True, default="", help_text="Who joined or undid by hand")

    class Meta:
        db_table = "identity_links"
        indexes = [
            models.Index(fields=["tenant", "version"], name="identity_links_version"),
            models.Index(fields=["tenant", "source", "target"], name="identity_links_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source} → {self.target}"
