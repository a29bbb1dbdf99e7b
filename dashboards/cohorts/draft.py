"""A definition ↔ the fields of a form: groups of conditions, as far as two levels go.

match=all
groups.0.match=all            all, any or none of the group's conditions
groups.0.conditions.0.type=did  (did, did_not or is) event, times, n, when, last_days, from, to, filters.…
groups.0.conditions.1.type=is   property, op, value
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.insights import values
from dashboards.insights.draft import Draft, many, one, question_filter, rows
from events.cohorts.types import AllOf, AnyOf, Behaviour, Condition, Not, Property, parse_definition

NEW: Draft = {"match": ["all"], "groups": [{"match": ["all"], "conditions": [{"type": ["did"], "event": [""]}]}]}
DAYS = "30"


# --- fields → definition ------------------------------------------------------------------------------


def definition_of(draft: Draft) -> dict[str, Any] | None:
    """What parse_definition takes; conditions that are not filled in are left out, None when there is none."""
    groups = [made for group in rows(draft, "groups") if (made := _group(group))]
    return _joined("any" if one(draft, "match") == "any" else "all", groups)


def _group(group: Draft) -> dict[str, Any] | None:
    match = one(group, "match")
    conditions = [made for row in rows(group, "conditions") if (made := _condition(row))]
    found = _joined("all" if match == "all" or not match else "any", conditions)
    return {"type": "not", "condition": found} if found and match == "none" else found


def _joined(word: str, parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return {"type": word, "conditions": parts}


def _condition(row: Draft) -> dict[str, Any] | None:
    if one(row, "type") == "is":
        found = question_filter(row)
        return {"type": "property", **found} if found else None
    texts = [values.event_name(text) for text in many(row, "event") if text]
    if not texts:
        return None
    never = one(row, "type") == "did_not"
    return {
        "type": "behaviour",
        "event": texts[0] if len(texts) == 1 else texts,
        "filters": [found for each in rows(row, "filters") if (found := question_filter(each))],
        "times": "exactly" if never else one(row, "times") or "at_least",
        "n": 0 if never else _whole(one(row, "n") or "1"),
        **_when(row),
    }


def _when(row: Draft) -> dict[str, Any]:
    match one(row, "when") or "last":
        case "last":
            return {"last_days": _whole(one(row, "last_days") or DAYS)}
        case "between" if one(row, "from") and one(row, "to"):
            return {"between": {"from": one(row, "from"), "to": one(row, "to")}}
    return {}


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


# --- definition → fields ------------------------------------------------------------------------------


def draft_of(definition: Condition) -> Draft | None:
    """The form's draft; None for what is nested deeper than the form goes."""
    if isinstance(definition, AllOf | AnyOf) and not all(_is_leaf(each) for each in definition.conditions):
        word = "all" if isinstance(definition, AllOf) else "any"
        groups = _groups(definition.conditions, word)
    else:
        word, groups = "all", [_group_of(definition)]
    if any(group is None for group in groups):
        return None
    return {"match": [word], "groups": groups}


def _groups(parts: Sequence[Condition], word: str) -> list[Draft | None]:
    """Conditions that stand beside groups are a group of their own, joined by the same word."""
    found: list[Draft | None] = []
    loose = [each for each in parts if _is_leaf(each)]
    if loose:
        found.append({"match": [word], "conditions": [_row(each) for each in loose]})
    return found + [_group_of(each) for each in parts if not _is_leaf(each)]


def _group_of(node: Condition) -> Draft | None:
    if isinstance(node, Not):
        inner = _group_of(node.condition)
        single = inner is not None and (inner["match"] == ["any"] or len(inner["conditions"]) == 1)
        return {**inner, "match": ["none"]} if inner and single and inner["match"] != ["none"] else None
    if isinstance(node, Behaviour | Property):
        return {"match": ["all"], "conditions": [_row(node)]}
    if all(_is_leaf(each) for each in node.conditions):
        word = "all" if isinstance(node, AllOf) else "any"
        return {"match": [word], "conditions": [_row(each) for each in node.conditions]}
    return None


def _is_leaf(node: Condition) -> bool:
    return isinstance(node, Behaviour | Property)


def _row(node: Any) -> Draft:
    if isinstance(node, Property):
        return {"type": ["is"], **_filter(node)}
    never = node.times == "exactly" and node.n == 0
    names = [node.event] if isinstance(node.event, str) else node.event
    row: Draft = {
        "type": ["did_not" if never else "did"],
        "event": [values.event_text(name) for name in names],
        "filters": [_filter(each) for each in node.filters],
        "times": ["at_least" if never else node.times],
        "n": ["1" if never else str(node.n)],
        "when": ["between" if node.between else "last" if node.last_days else "ever"],
    }
    if node.last_days:
        row["last_days"] = [str(node.last_days)]
    if node.between:
        row |= {"from": [node.between.from_], "to": [node.between.to]}
    return row


def _filter(node: Any) -> Draft:
    return {"property": [node.property], "op": [node.op], "value": values.texts_of(node.op, node.value)}


def parsed(draft: Draft) -> Condition | None:
    """The definition that a draft says, None while it says nothing. Raises BadRequest."""
    plain = definition_of(draft)
    return None if plain is None else parse_definition(plain)
