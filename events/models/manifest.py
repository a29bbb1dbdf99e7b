"""The manifest: which Parquet files (segments) hold which events of a tenant, and up to where.

Everything at or below a tenant's watermark is in its segments; everything above is the tail, read from
`analytics_events`. Both change in one transaction, so a reader's snapshot counts each row once.
"""

from __future__ import annotations

import uuid

from django.db import models

from events.models.facts import TenantRow


class Segment(TenantRow):
    """One immutable Parquet file of one tenant and month."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    path = models.CharField(max_length=255, help_text="Below the data folder")
    month = models.DateField(help_text="First day of the month (UTC) its events happened in")
    rows = models.BigIntegerField()
    size = models.BigIntegerField(help_text="Bytes")
    checksum = models.CharField(max_length=64, help_text="BLAKE2b-256 of the file, hexadecimal")
    min_time = models.DateTimeField()
    max_time = models.DateTimeField()
    min_seq = models.BigIntegerField()
    max_seq = models.BigIntegerField()
    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, help_text="Merged or rebuilt; the file goes after a grace")
    damage = models.CharField(max_length=200, default="", blank=True, help_text="What verify found")

    class Meta:
        db_table = "segments"
        indexes = [models.Index(fields=["tenant", "replaced_at"], name="segments_live")]

    def __str__(self) -> str:
        return f"{self.path} ({self.rows} rows)"


class Watermark(TenantRow):
    """Where a tenant's tail begins, and versions by which results are cached."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(default=0)
    manifest_version = models.BigIntegerField(default=0)
    identity_version = models.BigIntegerField(default=0)
    erase_version = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "watermarks"
        constraints = [models.UniqueConstraint(fields=["tenant"], name="watermarks_tenant")]

    def __str__(self) -> str:
        return f"seq {self.seq}, version {self.manifest_version}"
