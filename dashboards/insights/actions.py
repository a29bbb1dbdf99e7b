"""What a button of the form does to its draft: `add:series`, `remove:steps.1`, `up:steps.2`, `kind:funnel`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from dashboards.insights.draft import KINDS, Draft, many, rows
from dashboards.insights.values import ANY

EMPTY_ROWS: dict[str, dict[str, Any]] = {
    "series": {"event": [""], "measure": ["total"]},
    "steps": {"event": [""]},
    "exclusions": {"event": [""], "from_step": ["1"], "to_step": [""]},
    "filters": {"property": [""], "op": ["is"], "value": [""]},
    "breakdown": {"property": [""]},
    # of cohorts
    "conditions": {
        "type": ["did"],
        "event": [""],
        "times": ["at_least"],
        "n": ["1"],
        "when": ["last"],
        "last_days": ["30"],
    },
    "groups": {"match": ["all"], "conditions": [{"type": ["did"], "event": [""]}]},
}


def apply(draft: Draft, do: str) -> Draft:
    """The draft after the button. One that means nothing here changes nothing."""
    verb, _, target = do.partition(":")
    if verb == "kind":
        return turned(draft, target) if target in KINDS else draft
    path = target.split(".")
    if verb == "add":
        _add(draft, path)
    elif verb in {"remove", "up", "down"} and path[-1].isascii() and path[-1].isdecimal():
        _move(part(draft, path[:-1]), int(path[-1]), verb)
    return draft


def part(node: Any, path: list[str]) -> Any:
    for name in path:
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isascii() and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node


def _add(draft: Draft, path: list[str]) -> None:
    parent, name = part(draft, path[:-1]), path[-1]
    if not isinstance(parent, dict):
        return
    items = parent.setdefault(name, [])
    if isinstance(items, list):
        items.append(deepcopy(EMPTY_ROWS[name]) if name in EMPTY_ROWS else "")


def _move(items: Any, index: int, verb: str) -> None:
    if not isinstance(items, list) or index >= len(items):
        return
    item = items.pop(index)
    if verb != "remove":
        items.insert(max(0, index - 1) if verb == "up" else index + 1, item)


def turned(draft: Draft, kind: str) -> Draft:
    """The same events, filters, breakdown and cohort, asked as another kind."""
    steps = [{"event": many(step, "event"), "filters": rows(step, "filters")} for step in _steps(draft)]
    first = steps[0] if steps else {"event": [ANY]}
    rest = {name: draft[name] for name in ("filters", "breakdown", "cohort") if name in draft}
    made: dict[str, Any] = {
        "trends": {"series": [{**step, "measure": ["uniques"]} for step in steps]},
        "funnel": {"steps": steps if len(steps) > 1 else [first, {"event": [""]}]},
        "retention": {"start": first, "return": steps[1] if len(steps) > 1 else {"event": [ANY]}},
        "flows": {"anchor": first},
        "lifecycle": {"event": first["event"]},
        "stickiness": {"event": first["event"]},
    }
    return {"kind": [kind], **made[kind], **rest}


def _steps(draft: Draft) -> list[Draft]:
    """The events that a draft of any kind is about, each with its filters."""
    found = [*rows(draft, "series"), *rows(draft, "steps")]
    found += [draft[name] for name in ("start", "return", "anchor") if isinstance(draft.get(name), dict)]
    return found or ([{"event": many(draft, "event")}] if many(draft, "event") else [])
