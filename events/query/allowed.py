"""What may stand in the place of a question that msgspec finds wrong: its errors tell the place only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import ValidationError, inspect

from obc_analytics.errors import BadRequest

TOKEN = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")


def refused(error: ValidationError, type_: Any, value: Any, at: str = "$") -> BadRequest:
    """The error as the API says it: with the path of the wrong part, below `at`, and the words or the fields that are
    known there."""
    text, _, place = str(error).partition(" - at ")
    place = place.strip("`") or "$"
    path = at + place.removeprefix("$")
    words = sorted(dict.fromkeys(_words(text, place, _described(type_), value)))
    if not words:
        return BadRequest(f"{text} at {path}", path=path)
    return BadRequest(f"{text} at {path}; allowed are {', '.join(words)}", path=path, allowed=words)


@cache
def _described(type_: Any) -> inspect.Type:
    return inspect.type_info(type_)


def _words(text: str, place: str, type_: inspect.Type, value: Any) -> Iterator[str]:
    types = list(_alternatives([type_]))
    tokens = [name or int(number) for name, number in TOKEN.findall(place)]
    for token in tokens:
        structs = [each for each in types if isinstance(each, inspect.StructType)]
        if any(each.tag_field == token for each in structs):
            yield from (str(each.tag) for each in structs)
            return
        types = list(_alternatives(_inside(types, token, value)))
        value = _part(value, token)
    for each in types:
        if isinstance(each, inspect.LiteralType) and text.startswith("Invalid enum value"):
            yield from (str(word) for word in each.values)
        elif isinstance(each, inspect.StructType) and "unknown field" in text and _is_tagged(each, value):
            yield from (field.encode_name for field in each.fields)
        elif isinstance(each, inspect.StructType) and text == f"Object missing required field `{each.tag_field}`":
            yield str(each.tag)


def _alternatives(types: Iterable[inspect.Type]) -> Iterator[inspect.Type]:
    for each in types:
        if isinstance(each, inspect.UnionType):
            yield from _alternatives(each.types)
        elif isinstance(each, inspect.Metadata):
            yield from _alternatives([each.type])
        else:
            yield each


def _inside(types: list[inspect.Type], token: str | int, value: Any) -> Iterator[inspect.Type]:
    """Types of a field of the structs that the value may be, or of an item."""
    for each in types:
        if isinstance(each, inspect.StructType) and _is_tagged(each, value):
            yield from (field.type for field in each.fields if field.encode_name == token)
        elif isinstance(each, inspect.VarTupleType | inspect.ListType):
            yield each.item_type


def _is_tagged(struct: inspect.StructType, value: Any) -> bool:
    return struct.tag_field is None or (isinstance(value, dict) and value.get(struct.tag_field) == struct.tag)


def _part(value: Any, token: str | int) -> Any:
    try:
        return value[token]
    except (KeyError, IndexError, TypeError):
        return None
