"""Facts: events, and the ledger that accounts for each one received.

The writer (events/ingest/writer.py) fills these tables by COPY; the ORM owns their shape, reads them
and shows them. Physical primary keys hold the tenant first (see the migrations), so that the tables
can be distributed by tenant; Django's is `id` alone, so that the admin works.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from tenants.models import Tenant


class TenantRow(models.Model):
    """A row that belongs to one tenant, kept apart by the database (tenants/rls.py)."""

    # no foreign key in the database: a check per row on COPY, and Citus could not keep it
    tenant = models.ForeignKey(Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)

    class Meta:
        abstract = True


class Event(TenantRow):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="UUID version 7")
    seq = models.BigIntegerField(help_text="Order of ingestion, from one sequence")
    event_id = models.CharField(max_length=255, help_text="The sender's id; unique within the tenant")
    user_id = models.UUIDField(null=True)
    distinct_id = models.CharField(max_length=255, help_text="The actor as the client names it")
    device_id = models.CharField(max_length=255, null=True)
    session_id = models.CharField(max_length=255, null=True)
    event_name = models.CharField(max_length=255)
    event_category = models.CharField(max_length=100, null=True)
    properties = models.JSONField(default=dict)
    timestamp = models.DateTimeField(help_text="When it happened, by the client's clock, corrected")
    page_url = models.TextField(null=True)
    referrer = models.TextField(null=True)
    user_agent = models.TextField(null=True)
    device_info = models.JSONField(null=True)
    correlation_id = models.CharField(max_length=255, null=True)
    batch_id = models.CharField(max_length=255, null=True)
    created_at = models.DateTimeField(help_text="Received")
    processed_at = models.DateTimeField(db_default=Now(), help_text="Written")

    class Meta:
        db_table = "analytics_events"
        # an index stays only if a page or an endpoint needs it: each wide one costs COPY a third
        constraints = [models.UniqueConstraint(fields=["tenant", "event_id"], name="analytics_events_event_id")]
        indexes = [
            models.Index(fields=["tenant", "seq"], name="analytics_events_seq"),
            models.Index(fields=["tenant", "timestamp"], name="analytics_events_time"),
            models.Index(fields=["tenant", "distinct_id", "timestamp"], name="analytics_events_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.timestamp:%Y-%m-%d %H:%M:%S}"


class Outcome(models.TextChoices):
    """received = ok + duplicate + dropped + quarantined"""

    OK = "ok", "Stored"
    DUPLICATE = "duplicate", "Duplicate"
    DROPPED = "dropped", "Dropped"
    QUARANTINED = "quarantined", "Quarantined"


NO_KEY = uuid.UUID(int=0)  # stands for "no key" where a unique key needs a value


class IngestOutcome(TenantRow):
    """The ledger: how many events of one minute, door and key had which outcome, and why.

    Written in the transaction that stores the events, so it agrees with them to the unit. Stored
    events with a warning are `ok` with the warning as their reason.
    """

    minute = models.DateTimeField(help_text="Of receipt")
    door = models.CharField(max_length=20)
    key_id = models.UUIDField(default=NO_KEY)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=40, default="", blank=True)
    count = models.BigIntegerField()

    class Meta:
        db_table = "ingest_outcomes"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "minute", "door", "key_id", "outcome", "reason"],
                name="ingest_outcomes_line",
            )
        ]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.door} {self.outcome} {self.reason} {self.count}"


class QuarantinedEvent(TenantRow):
    """An event that could not be stored, kept raw with its reason until it expires or is replayed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    door = models.CharField(max_length=20)
    key_id = models.UUIDField(default=NO_KEY)
    reason = models.CharField(max_length=40)
    message = models.TextField(blank=True)
    raw = models.BinaryField(help_text="As it came, its JSON; cut at RAW_MAX bytes")
    raw_size = models.PositiveIntegerField(help_text="Bytes before cutting")
    replayed_at = models.DateTimeField(null=True)
    replay_result = models.CharField(max_length=60, blank=True, default="")

    RAW_MAX = 256 * 1024

    class Meta:
        db_table = "quarantined_events"
        indexes = [
            models.Index(fields=["tenant", "received_at"], name="quarantined_events_time"),
            models.Index(fields=["expires_at"], name="quarantined_events_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.received_at:%Y-%m-%d %H:%M:%S}"

    @property
    def complete(self) -> bool:
        """Whether all of it was kept, so that it can be replayed."""
        return self.raw_size <= self.RAW_MAX


class ClientReport(TenantRow):
    """What one sender says it tracked, got acknowledged and dropped: kept beside the ledger."""

    document_id = models.CharField(max_length=64)
    tracked = models.BigIntegerField(default=0)
    acked = models.BigIntegerField(default=0)
    dropped = models.JSONField(default=dict)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        db_table = "client_reports"
        constraints = [models.UniqueConstraint(fields=["tenant", "document_id"], name="client_reports_document")]
        indexes = [models.Index(fields=["tenant", "last_seen"], name="client_reports_time")]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.tracked} tracked, {self.acked} acked"
