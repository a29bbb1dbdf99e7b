"""Filters as an address says them: `f=<property>~<op>~<value>`, repeatable. Validated as the query API does.

The value of `in` and `not_in` is a JSON list: `f=plan~in~["free","team"]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboards.cohorts import naming
from events.query import properties
from events.query.types import Filter
from obc_analytics.errors import BadRequest

MOST_FILTERS = 20
OPS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "is_set": "is set",
    "is_not_set": "is not set",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "regex": "matches",
}
BARE = {"is_set", "is_not_set"}
LISTS = {"in", "not_in"}
NUMBERS = {"gt", "gte", "lt", "lte"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter of the address: its text, and what it means."""

    text: str
    filter: Filter

    @property
    def of_cohort(self) -> bool:
        return self.filter.property.startswith(properties.COHORT)

    def label_with(self, cohorts: Mapping[str, str]) -> str:
        """With the names of cohorts."""
        return naming.in_words(self.filter, cohorts) if self.of_cohort else self.label

    @property
    def label(self) -> str:
        value = "" if self.filter.op in BARE else f" {_text(self.filter.value).removesuffix('.0')}"
        return f"{self.filter.property} {OPS[self.filter.op]}{value}"


def read_filters(texts: Iterable[str]) -> tuple[list[Chosen], str]:
    """The filters of an address, and what is wrong with those left out."""
    chosen, problems = [], []
    for text in list(texts)[:MOST_FILTERS]:
        try:
            chosen.append(Chosen(text, _filter(text)))
        except (ValueError, msgspec.ValidationError) as error:
            problems.append(f"The filter {text[:80]!r} is left out: {error}.")
    return chosen, " ".join(problems)


def _filter(text: str) -> Filter:
    name, op, value = _split(text)
    if name.startswith("$") and name not in properties.BUILT_IN and name not in properties.KEPT:
        raise ValueError("there is no such built-in property")
    if name.startswith(properties.COHORT):
        return _of_cohort(name, op, value)
    if op in BARE:
        return msgspec.convert({"property": name, "op": op}, Filter)
    if op in NUMBERS:
        return msgspec.convert({"property": name, "op": op, "value": float(value)}, Filter)
    if op in LISTS:
        return msgspec.convert({"property": name, "op": op, "value": _list(value)}, Filter)
    return msgspec.convert({"property": name, "op": op, "value": value}, Filter)


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise ValueError('its values are a JSON list, such as ["free","team"]')
    return found


def _of_cohort(name: str, op: str, value: str) -> Filter:
    try:
        properties.cohort_id(name)
    except BadRequest as error:
        raise ValueError(error.message.rstrip(".")) from None
    if op not in {"is", "is_not"} or value not in {"true", "false"}:
        raise ValueError("a person is in a cohort, true, or not, false")
    return msgspec.convert({"property": name, "op": op, "value": value}, Filter)


def _split(text: str) -> tuple[str, str, str]:
    """Property, op, value. A property may hold `~`: the first `~<op>~` divides."""
    places = [(text.find(f"~{op}{end}"), op) for op in OPS for end in ("~", "") if end or text.endswith(f"~{op}")]
    found = sorted((at, -len(op), op) for at, op in places if at > 0)
    if not found:
        raise ValueError("it is not <property>~<op>~<value>")
    at, _, op = found[0]
    return text[:at], op, text[at + len(op) + 2 :]


def joined(name: str, op: str, *values: str) -> str:
    """The text of a filter; the ops of LISTS take several values, the others the last."""
    if op in BARE:
        return f"{name}~{op}"
    if op in LISTS:
        return f"{name}~{op}~{json.dumps([each for each in values if each], ensure_ascii=False)}"
    return f"{name}~{op}~{values[-1] if values else ''}"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
