"""Cohorts as people read them: a form says `Cohort: Power users` where a question says `cohort:<id>`."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from events.models import Cohort
from events.query.properties import COHORT
from tenants.scope import tenant_scope

PREFIX = "Cohort: "
MOST = 500
OTHER = {"true": "false", "false": "true"}


def names_of(tenant_id: uuid.UUID) -> dict[str, str]:
    """The name of each cohort by its id, in the order of names; equal names are told apart."""
    with tenant_scope(tenant_id):
        found = list(Cohort.objects.of(tenant_id).kept().order_by("name", "id").values_list("id", "name")[:MOST])
    times = Counter(name for _, name in found)
    return {str(id_): name if times[name] == 1 else f"{name} ({str(id_)[:8]})" for id_, name in found}


def offered(names: Mapping[str, str]) -> list[dict[str, str]]:
    """The cohorts as properties of a picker."""
    return [{"name": PREFIX + name, "description": "in it or not", "kind": "cohort"} for name in names.values()]


def shown(draft: Any, names: Mapping[str, str]) -> Any:
    """A draft (insights/draft.py) with cohorts by name; one that is not there keeps its id."""

    def name(text: str) -> str:
        found = names.get(text.removeprefix(COHORT)) if text.startswith(COHORT) else None
        return PREFIX + found if found is not None else text

    return _mapped(draft, name)


def meant(draft: Any, names: Mapping[str, str]) -> Any:
    """The inverse of `shown`."""
    ids = {PREFIX + name: COHORT + id_ for id_, name in names.items()}
    return _mapped(draft, lambda text: ids.get(text, text))


def _mapped(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, list):
        return [_mapped(each, change) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _mapped(value, change) for key, value in node.items()}
    for key in ("property", "hold"):
        if isinstance(node.get(key), list):
            changed[key] = [change(text) if isinstance(text, str) else text for text in node[key]]
    return _membership(changed) if "op" in changed else changed


def _membership(row: dict[str, Any]) -> dict[str, Any]:
    """A filter of a cohort says `is` `true` or `false`: in it, or not in it."""
    name = _last(row.get("property"))
    if not name.startswith((PREFIX, COHORT)):
        return row
    op, value = _last(row.get("op")), _last(row.get("value")).strip('"') or "true"
    if value not in OTHER or len(row.get("value") or [""]) > 1:
        return row if op in {"in", "not_in"} else {**row, "op": ["is"], "value": ["true"]}
    return {**row, "op": ["is"], "value": [OTHER[value] if op in {"is_not", "not_in"} else value]}


def _last(texts: Any) -> str:
    return texts[-1] if isinstance(texts, list) and texts and isinstance(texts[-1], str) else ""


def labels(question: Any, names: Mapping[str, str]) -> dict[int, Mapping[str, str]]:
    """Of each breakdown by a cohort, by its place: what `true` and `false` mean."""
    found: dict[int, Mapping[str, str]] = {}
    for place, each in enumerate(getattr(question, "breakdown", ())):
        if each.property.startswith(COHORT):
            name = names.get(each.property.removeprefix(COHORT), "the cohort")
            found[place] = {"true": f"In {name}", "false": f"Not in {name}"}
    return found


def labels_of(question: Any, tenant_id: uuid.UUID) -> dict[int, Mapping[str, str]]:
    """The same, the names looked up when there is such a breakdown."""
    if not labels(question, {}):
        return {}
    return labels(question, names_of(tenant_id))


def in_words(filter_: Any, names: Mapping[str, str]) -> str:
    """`in Power users`, `not in Power users`: a filter of a cohort."""
    name = names.get(filter_.property.removeprefix(COHORT), "a cohort that is not there")
    inside = (str(filter_.value).lower() == "true") == (filter_.op == "is")
    return f"in {name}" if inside else f"not in {name}"
