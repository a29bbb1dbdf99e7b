"""The dated notes of a chart: those of the days that its question covers."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from dashboards.charts import Note
from dashboards.models import Annotation
from tenants.scope import tenant_scope


def notes_of(question: Any, tenant_id: uuid.UUID) -> list[Note]:
    """Of a question with a range, as local days or instants; none of a statement."""
    range_ = getattr(question, "range", None)
    if range_ is None:
        return []
    first, last = (date.fromisoformat(text[:10]) for text in (range_.from_, range_.to))
    with tenant_scope(tenant_id):
        found = list(Annotation.objects.of(tenant_id).between(first, last))
    return [Note(note.day.isoformat(), note.text) for note in found]
