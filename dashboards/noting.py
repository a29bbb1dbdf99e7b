"""The dated notes of a chart: those of the days that its question covers."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from dashboards.charts import Note
from dashboards.models import Annotation
from events.query.types import Range
from tenants.scope import tenant_scope


def notes_of(question: Any, tenant_id: uuid.UUID) -> list[Note]:
    """Of a question with a range; none of a statement."""
    range_: Range | None = getattr(question, "range", None)
    return notes_in(range_, tenant_id) if range_ else []


def notes_in(range_: Range, tenant_id: uuid.UUID) -> list[Note]:
    """Of the days that a range of local days, or of instants, touches."""
    first, last = (date.fromisoformat(text[:10]) for text in (range_.from_, range_.to))
    with tenant_scope(tenant_id):
        found = list(Annotation.objects.of(tenant_id).between(first, last))
    return [Note(note.day.isoformat(), note.text) for note in found]
