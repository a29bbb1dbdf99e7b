"""The job that keeps the dictionary: settled rows that were not counted yet → names, once each.

Counts and their `seq` are written in one transaction, so a job that is killed has counted nothing. Rows that were
erased can't be taken off: another `erase_version` counts anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from django.utils.timezone import now

from events.dictionary import counting
from events.dictionary.counting import Counted
from events.models import DictionaryName, DictionaryState
from events.models.dictionary import COUNTED
from events.query import snapshot
from events.segments import files
from events.segments.maintenance import each_tenant
from tenants.scope import tenant_scope

BATCH = 500
Key = tuple[str, str]


def count_new() -> int:
    """Count what every tenant's segments hold beyond what was counted; the names touched."""
    return each_tenant(grow, "dictionary")


def grow(tenant_id: uuid.UUID) -> int:
    """One tenant's; the names touched. The tail is left to the reader: a cut makes it a segment soon."""
    with snapshot.reading(tenant_id) as reader:
        settled = reader.state()
    with tenant_scope(tenant_id):
        state = DictionaryState.objects.filter(tenant_id=tenant_id).first() or DictionaryState(tenant_id=tenant_id)
        names = list(DictionaryName.objects.filter(tenant_id=tenant_id))
    anew = state.erase_version != settled.erase_version
    if settled.watermark <= state.seq and not anew:
        return 0
    today = now().date()
    counted, capped = _count(settled, 0 if anew else state.seq, names, today)
    return _commit(state, settled, counted, capped, today)


def _count(
    settled: snapshot.Snapshot, above: int, names: Sequence[DictionaryName], today: date
) -> tuple[list[Counted], set[str]]:
    if not settled.files:
        return [], set()
    source = files.parquet_list([file.path for file in settled.files]) + " WHERE seq > $above AND seq <= $upto"
    with files.connect() as duck:
        duck.execute("SET threads = 1")  # the other core answers questions
        known = [(name.kind, name.name) for name in names]
        return counting.count(duck, source, known, today, {"above": above, "upto": settled.watermark})


def _commit(
    was: DictionaryState, settled: snapshot.Snapshot, counted: list[Counted], capped: set[str], today: date
) -> int:
    """Add what was counted, unless somebody else did meanwhile."""
    tenant_id = settled.tenant_id
    with tenant_scope(tenant_id):
        DictionaryState.objects.get_or_create(tenant_id=tenant_id)
        state = DictionaryState.objects.select_for_update().get(tenant_id=tenant_id)
        if (state.seq, state.erase_version) != (was.seq, was.erase_version):
            return 0
        names = {(name.kind, name.name): name for name in DictionaryName.objects.filter(tenant_id=tenant_id)}
        touched = _forget_all(names) if state.erase_version != settled.erase_version else {}
        touched |= merge(names, counted, tenant_id, today)
        dropped = beyond(names, today)
        state.cap(capped | {kind for kind, _ in dropped}, today)
        state.seq, state.erase_version = settled.watermark, settled.erase_version
        _save([name for key, name in touched.items() if key not in dropped])
        DictionaryName.objects.filter(tenant_id=tenant_id, id__in=[names[key].id for key in dropped]).delete()
        state.save()
    return len(touched)


def merge(
    names: dict[Key, DictionaryName], counted: Sequence[Counted], tenant_id: uuid.UUID, today: date
) -> dict[Key, DictionaryName]:
    """Add what was counted to `names`, in place, new names among them; those that were touched. Nothing is saved."""
    touched = {}
    for each in counted:
        key = (each.kind, each.name)
        name = names.setdefault(key, DictionaryName(tenant_id=tenant_id, kind=each.kind, name=each.name))
        name.add(each, today)
        touched[key] = name
    return touched


def beyond(names: dict[Key, DictionaryName], today: date) -> set[Key]:
    """Those that do not fit: the least frequent of each kind past MOST, but none that people told of."""
    found: set[Key] = set()
    for kind in {kind for kind, _ in names}:
        mine = [key for key in names if key[0] == kind]
        if len(mine) <= counting.MOST:
            continue
        mine.sort(key=lambda key: (not names[key].is_told, -names[key].volume(today), key[1]))
        found |= {key for key in mine[counting.MOST :] if not names[key].is_told}
    return found


def _forget_all(names: dict[Key, DictionaryName]) -> dict[Key, DictionaryName]:
    """Before all is counted anew: names that are nowhere any more go, unless people told of them."""
    for name in names.values():
        name.forget()
    DictionaryName.objects.filter(id__in=[name.id for name in names.values() if not name.is_told]).delete()
    for key in [key for key, name in names.items() if not name.is_told]:
        del names[key]
    return dict(names)


def _save(names: list[DictionaryName]) -> None:
    """Insert or update what the job writes; what people said meanwhile stays."""
    DictionaryName.objects.bulk_create(
        names, BATCH, update_conflicts=True, unique_fields=["tenant", "kind", "name"], update_fields=COUNTED
    )
