"""How many saved insights name each cohort."""

from __future__ import annotations

import re
import uuid
from collections import Counter

from django.db.models import TextField
from django.db.models.functions import Cast

from dashboards.models import SavedInsight

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NAMED = re.compile(rf'"cohort:({ID})"|"cohort": "({ID})"')
MOST = 5_000


def used_by(tenant_id: uuid.UUID) -> Counter[str]:
    """Inside a tenant's scope: kept insights by the id of a cohort that their questions name, private ones too."""
    rows = SavedInsight.objects.of(tenant_id).kept().annotate(text=Cast("question", TextField()))
    found: Counter[str] = Counter()
    for text in rows.filter(text__contains="cohort").values_list("text", flat=True)[:MOST]:
        found.update({first or second for first, second in NAMED.findall(text)})
    return found
