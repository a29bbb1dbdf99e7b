"""The parts of each kind of question in words, out of their types: what the API's description shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import NODEFAULT, inspect

from events.query.types import AnyQuestion, Filter, Question

COMMON = frozenset(Question.__struct_fields__)


def kinds() -> str:
    """A line of Markdown for each kind, what all share ahead of them."""
    found = inspect.type_info(AnyQuestion)
    assert isinstance(found, inspect.UnionType)
    structs = [each for each in found.types if isinstance(each, inspect.StructType)]
    shared = [field for field in structs[0].fields if field.name in COMMON]
    filter_ = inspect.type_info(Filter)
    assert isinstance(filter_, inspect.StructType)
    lines = [f"All but `session`, `sql` and `actors` take {_fields(shared)}. A filter has {_fields(filter_.fields)}.\n"]
    for each in structs:
        own = [field for field in each.fields if field.name not in COMMON or not issubclass(each.cls, Question)]
        lines.append(f"* `{each.tag}`: {_fields(own) or 'nothing besides'}")
    return "\n".join(lines)


def _fields(fields: Iterable[inspect.Field]) -> str:
    return "; ".join(f"`{field.encode_name}` {_shape(field.type)}{_default(field)}" for field in fields)


def _default(field: inspect.Field) -> str:
    if field.default is NODEFAULT or isinstance(field.default, tuple) or field.default is None:
        return ""
    plain = isinstance(field.default, str | int | float)
    return (
        f" (else {str(field.default).lower() if isinstance(field.default, bool) else field.default})" if plain else ""
    )


def _shape(type_: Any) -> str:
    match type_:
        case inspect.Metadata():
            return _shape(type_.type)
        case inspect.UnionType():
            shapes = dict.fromkeys(_shape(each) for each in type_.types if not isinstance(each, inspect.NoneType))
            return " or ".join(shapes)
        case inspect.LiteralType():
            return " | ".join(str(value) for value in type_.values)
        case inspect.StructType(cls=cls, tag=tag) if issubclass(cls, Question | Filter):
            return str(tag or "filters")
        case inspect.StructType():
            return "{" + ", ".join(f"{field.encode_name}: {_shape(field.type)}" for field in type_.fields) + "}"
        case inspect.VarTupleType():
            item = _shape(type_.item_type)
            return item if item == "filters" else f"list of {item}"
        case inspect.TupleType():
            return "[" + ", ".join(_shape(each) for each in type_.item_types) + "]"
        case inspect.StrType():
            return "text"
        case inspect.IntType():
            return "whole number"
        case inspect.BoolType():
            return "true | false"
    return "value"
