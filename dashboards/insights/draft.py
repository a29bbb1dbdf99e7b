"""A form's fields ↔ a question, led by the question's own types: a new field of a question needs no line here.

A draft is the form's fields as a tree: `series.0.filters.1.op=gt` is `{"series": [{"filters": [{}, {"op": ["gt"]}]}]}`.
Its leaves are lists of texts, because a name may stand in a form several times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from dashboards.insights import values
from events.query import types
from events.query.types import Insight

Draft = dict[str, Any]
KINDS: dict[str, type[msgspec.Struct]] = {
    str(kind.__struct_config__.tag): kind  # type: ignore[attr-defined]
    for kind in (types.Trends, types.Funnel, types.Retention, types.Flows, types.Lifecycle, types.Stickiness)
}
MAX_INDEX = 60  # rows of one list in a form; a question allows fewer


# --- fields ↔ tree ------------------------------------------------------------------------------------


def tree(fields: Iterable[tuple[str, list[str]]]) -> Draft:
    """Fields by name as a tree. Names that do not fit together are left out: anything may be sent."""
    root: Draft = {}
    for name, texts in fields:
        _put(root, name.split("."), texts)
    return _listed(root)


def _put(node: Draft, path: list[str], texts: list[str]) -> None:
    for part in path[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            return
    if not isinstance(node.get(path[-1]), dict):
        node[path[-1]] = [text.replace("\r\n", "\n") for text in texts]


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    numbers = [key for key in node if key.isascii() and key.isdecimal() and len(key) < 4]
    if node and len(numbers) == len(node):
        return [_listed(node[key]) for key in sorted(numbers, key=int)[:MAX_INDEX]]
    return {key: _listed(value) for key, value in node.items()}


# --- tree → question ----------------------------------------------------------------------------------


def question_of(draft: Draft) -> dict[str, Any]:
    """What `parse_question` takes: rows that are not filled in are left out, wrong texts are left to it."""
    kind = one(draft, "kind") or "trends"
    struct = KINDS.get(kind)
    return {"kind": kind, **(_fill(struct, draft) if struct else {})}


def one(draft: Any, name: str) -> str:
    """The last of a name's texts: a box that is ticked stands behind the hidden field that says it is not."""
    texts = draft.get(name) if isinstance(draft, Mapping) else None
    return texts[-1] if isinstance(texts, list) and texts and isinstance(texts[-1], str) else ""


def many(draft: Any, name: str) -> list[str]:
    texts = draft.get(name) if isinstance(draft, Mapping) else None
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []


def rows(draft: Any, name: str) -> list[Draft]:
    found = draft.get(name) if isinstance(draft, Mapping) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _fill(struct: type[msgspec.Struct], draft: Draft) -> dict[str, Any]:
    if struct is types.Filter:
        return question_filter(draft)
    found = {}
    for field in inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        value = _value(field.type, draft, field.encode_name)
        if value is not None:
            found[field.encode_name] = value
    return found


def _value(type_: inspect.Type, draft: Draft, name: str) -> Any:
    """What the fields of that name say, None where they say nothing."""
    if isinstance(type_, inspect.UnionType):
        parts = [part for part in type_.types if not isinstance(part, inspect.NoneType)]
        if any(isinstance(part, inspect.VarTupleType) for part in parts):  # Events: one name, or several
            texts = [values.event_name(text) for text in many(draft, name) if text]
            return texts[0] if len(texts) == 1 else texts or None
        return _value(parts[0], draft, name)
    if isinstance(type_, inspect.VarTupleType):
        return _items(type_.item_type, draft, name)
    if isinstance(type_, inspect.StructType):
        inner = draft.get(name)
        return _fill(type_.cls, inner) if isinstance(inner, dict) else None
    text = one(draft, name)
    if isinstance(type_, inspect.BoolType):
        return None if name not in draft else text == "1"
    if not text:
        return None
    return _whole(text) if isinstance(type_, inspect.IntType) else text


def _items(type_: inspect.Type, draft: Draft, name: str) -> list[Any] | None:
    if not isinstance(type_, inspect.StructType):
        return [text for text in many(draft, name) if text] or None
    filled = [_fill(type_.cls, row) for row in rows(draft, name)]
    return [row for row in filled if _is_complete(type_.cls, row)] or None


def _is_complete(struct: type, row: dict[str, Any]) -> bool:
    if struct in (types.Filter, types.Breakdown):
        return "property" in row
    return "event" in row


def question_filter(draft: Draft) -> dict[str, Any]:
    name, op = one(draft, "property"), one(draft, "op") or "is"
    value = values.value_of(op, many(draft, "value"))
    if not name or (value is None and op not in values.NO_VALUE):
        return {}
    return {"property": name, "op": op} if value is None else {"property": name, "op": op, "value": value}


def _whole(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 and text.isascii() else text


# --- question → tree ----------------------------------------------------------------------------------


def draft_of(question: Insight) -> Draft:
    """The draft that a form shows of a question."""
    return {"kind": [question.__struct_config__.tag], **_leaves(question)}


def _leaves(struct: Any) -> Draft:
    if isinstance(struct, types.Filter):
        texts = values.texts_of(struct.op, struct.value)
        return {"property": [struct.property], "op": [struct.op], "value": texts}
    fields = msgspec.structs.fields(struct)
    return {field.encode_name: _leaf(field.name, getattr(struct, field.name)) for field in fields}


def _leaf(name: str, value: Any) -> Any:
    if name == "event":
        return [values.event_text(each) for each in ([value] if isinstance(value, str) else value)]
    if isinstance(value, msgspec.Struct):
        return _leaves(value)
    if isinstance(value, tuple):
        return [_leaves(each) if isinstance(each, msgspec.Struct) else each for each in value]
    if isinstance(value, bool):
        return ["1" if value else "0"]
    return [] if value is None else [str(value)]


def fields_of(node: Any, name: str = "") -> Iterable[tuple[str, list[str]]]:
    """The tree as a form's fields again."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from fields_of(value, f"{name}.{key}" if name else key)
    elif node and isinstance(node[0], dict):
        for index, value in enumerate(node):
            yield from fields_of(value, f"{name}.{index}")
    else:
        yield name, node
