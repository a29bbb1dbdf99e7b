"""Whether this process can store events."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.timezone import now

from events.ingest import get_writer
from events.ingest.job import Job
from events.ingest.sender import Sender
from obc_analytics import health
from obc_analytics.errors import Overloaded
from tenants.auth import TenantConfig

TRY_SECONDS = 1.0
NOBODY = TenantConfig(id=uuid.UUID(int=0), slug="", name="")


def register() -> None:
    health.add(health.Check("writer", look_at_writer))


def look_at_writer(connection: Any) -> dict[str, Any]:
    """Starts this process's writer, and its dead threads again.

    A writer whose last transaction failed is given an empty one: without requests it could not find out that
    the database is back, and while it is not ready no requests come.
    """
    writer = get_writer()
    if not writer.alive():
        writer.start()
        raise health.Failed("a thread of the writer had died; it was started again")
    if not writer.healthy():
        _try(writer)
    if not writer.healthy():
        raise health.Failed("the last writing transaction failed")
    return {"queued": writer.queue_depth()}


def _try(writer: Any) -> None:
    sender = Sender(tenant=NOBODY, key_id=None, door="probe", user_agent=None, ip=None, received_at=now())
    try:
        writer.submit(Job(sender=sender, batch_id=None)).result(TRY_SECONDS)
    except (Overloaded, TimeoutError):
        pass  # the writer says for itself how it is
