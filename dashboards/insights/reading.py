"""`q=` from a URL → a question. What is wrong with it is told and left out; the rest is kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboards.insights.draft import KINDS
from events.query.types import Insight, parse_question
from obc_analytics.errors import BadRequest

PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
TRIES = 40  # a question that is wrong in more places is given up

# what a new question of a kind asks first: it has an answer as soon as there are events
FIRST: dict[str, dict[str, Any]] = {
    "trends": {"kind": "trends", "series": [{"event": "*", "measure": "uniques"}]},
    "funnel": {"kind": "funnel", "steps": [{"event": "page_view"}, {"event": "click"}]},
    "retention": {"kind": "retention"},
    "flows": {"kind": "flows", "anchor": {"event": "page_view"}},
    "lifecycle": {"kind": "lifecycle"},
    "stickiness": {"kind": "stickiness"},
}


@dataclass(frozen=True, slots=True)
class Read:
    """`problems`: a sentence for each part that was left out."""

    question: Insight
    problems: tuple[str, ...] = ()


def read(text: str, kind: str = "trends") -> Read:
    """The question of a `q=`; empty: the first one of that kind."""
    if not text:
        return Read(first(kind))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = f"The question in the address (q) is not JSON ({str(error)[:80]}): a new one instead."
        return Read(first(kind), (problem,))
    return salvage(raw)


def first(kind: str) -> Insight:
    return parse_question(FIRST.get(kind, FIRST["trends"]))  # type: ignore[return-value]


def salvage(raw: Any) -> Read:
    """The question that is left of anything, once its wrong parts are taken out one by one."""
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        return Read(first("trends"), (f"{str(kind)[:60]!r} is no kind of insight; there are {', '.join(KINDS)}.",))
    problems: list[str] = []
    for _ in range(TRIES):
        try:
            return Read(_checked(raw), tuple(problems))
        except BadRequest as error:
            problems.append(f"Left out: {error.message[:300]}.")
            raw = _without(raw, str(error.details.get("path", "$")))
        if raw is None:
            break
    return Read(first("trends"), (*problems[:5], "Nothing was left of the question: a new one instead."))


def _checked(raw: Any) -> Insight:
    question = parse_question(raw)
    try:
        msgspec.json.encode(question).decode()
    except UnicodeEncodeError:
        raise BadRequest("a text holds half a character at $", path="$") from None
    return question  # type: ignore[return-value]


def _without(raw: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The question without the part at that path; without whatever makes it right, where the path is the whole."""
    keys = [name or int(index) for name, index in PART.findall(path)]
    if keys and (left := _removed(raw, keys)) is not None:
        return left
    for name in [name for name in raw if name != "kind"]:
        rest = {key: value for key, value in raw.items() if key != name}
        try:
            _checked(rest)
        except BadRequest:
            continue
        return rest
    first_ = FIRST[raw["kind"]]
    missing = {key: value for key, value in first_.items() if key not in raw}
    return {**missing, **raw} if missing else (first_ if raw != first_ else None)


def _removed(node: Any, keys: list[str | int]) -> Any:
    """A copy without what stands at `keys`; a list that becomes empty goes with it. None: there is no such place."""
    key, *rest = keys
    if isinstance(node, dict) and isinstance(key, str) and key in node:
        inner = _removed(node[key], rest) if rest else None
        if rest and inner is None:
            return None
        return {**node, key: inner} if inner not in (None, []) else {k: v for k, v in node.items() if k != key}
    if isinstance(node, list) and isinstance(key, int) and key < len(node):
        inner = _removed(node[key], rest) if rest else None
        if rest and inner is None:
            return None
        return [*node[:key], *([inner] if rest else []), *node[key + 1 :]]
    return None
