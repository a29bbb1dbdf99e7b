"""A question as short as it can be said: what is default is left out. The form that URLs and rows keep."""

from __future__ import annotations

from typing import Any

import msgspec

from events.query.types import Insight, Sql, parse_question
from obc_analytics.errors import BadRequest

MAX_TEXT = 12_000  # of a `q`, before it is escaped: servers and proxies take 16 KB of address


def compact(question: Insight | Sql) -> dict[str, Any]:
    """`POST query`'s object, without what is default."""
    return {"kind": question.__struct_config__.tag, **_struct(question)}


def text(question: Insight | Sql) -> str:
    """The same as the text of `q=`. Equal questions have equal texts."""
    return msgspec.json.encode(compact(question)).decode()


def kept(value: Any) -> dict[str, Any]:
    """What a row keeps of a question sent in. Raises BadRequest, also for what PostgreSQL's JSON can't hold."""
    question = parse_question(value)
    if not isinstance(question, Insight | Sql):
        raise BadRequest(
            "a saved insight is a trends, funnel, retention, flows, lifecycle, stickiness or sql", path="$.kind"
        )
    try:
        plain = msgspec.json.decode(text(question))
    except (UnicodeEncodeError, ValueError) as error:
        raise BadRequest(f"the question holds what is no text: {error}", path="$") from None
    parse_question(plain)  # a number that is not finite became null
    if "\\u0000" in text(question):
        raise BadRequest("the question holds a NUL character", path="$")
    return plain


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    named = [(field, getattr(value, field.name)) for field in msgspec.structs.fields(value)]
    return {field.encode_name: _plain(field.name, found) for field, found in named if found != field.default}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if name == "event" and isinstance(value, tuple) and len(value) == 1:
        return value[0]
    if isinstance(value, tuple | list):
        return [_plain("", each) for each in value]
    return value
