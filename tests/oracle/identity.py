"""Who is who, by brute force: facts in any order, then repeated walks over plain sets. No SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Link = dict[str, Any]  # kind, source, target, ts, event_id; a log is a list of them


def evidence(events: Iterable[dict[str, Any]]) -> list[Link]:
    """Every link that events prove, one an event and rule; `user`, `device`, `name`, `ts`, `event_id`, `alias`."""
    found = []
    for event in events:
        user, device = event.get("user"), event.get("device")
        moment = {"ts": event["ts"], "event_id": event["event_id"]}
        if user and device and user != device:
            found.append({"kind": "device", "source": device, "target": user, **moment})
        own = user or device
        if event["name"] == "$alias" and event.get("alias") and event["alias"] != own:
            found.append({"kind": "alias", "source": event["alias"], "target": own, **moment})
    return found


def canonical(log: list[Link], ids: Iterable[str]) -> dict[str, str]:
    """The name by which each id goes."""
    undone = _undone(log)
    merges = _merges(log)
    users = {link["target"] for link in log if link["kind"] == "device"}
    put = {link["source"] for link in merges}  # whoever was put somewhere by hand, no event takes elsewhere
    kept = [link for link in log if link["kind"] in ("device", "alias") and _pair(link) not in undone]
    of_device: dict[str, str] = {}
    for link in sorted((link for link in kept if link["kind"] == "device"), key=_moment):
        if link["source"] not in users | put:
            of_device.setdefault(link["source"], link["target"])

    def owner(id_: str) -> str:
        return of_device.get(id_, id_)

    edges = [(owner(link["source"]), owner(link["target"]), _moment(link)) for link in kept if link["kind"] == "alias"]
    mentioned = {owner(end) for link in [*kept, *merges] for end in _pair(link)} | {owner(id_) for id_ in ids}
    names = {id_: _name(id_, edges) for id_ in mentioned}
    for merge in merges:
        old, new = names[owner(merge["source"])], names[owner(merge["target"])]
        names = {id_: new if name == old else name for id_, name in names.items()}
    return {id_: names[owner(id_)] for id_ in ids}


def _merges(log: list[Link]) -> list[Link]:
    """Merges that hold, in the order in which they were made: the last word by hand about their pair."""
    last = {_pair(link): link for link in log if link["kind"] in ("merge", "undo")}
    return [link for link in log if link["kind"] == "merge" and last[_pair(link)] is link]


def _name(id_: str, edges: list[tuple[str, str, Any]]) -> str:
    together, grown = {id_}, True
    while grown:
        grown = False
        for a, b, _ in edges:
            if (a in together) != (b in together):
                together |= {a, b}
                grown = True
    inside = [(moment, b) for a, b, moment in edges if a in together]
    return min(inside)[1] if inside else id_


def _undone(log: list[Link]) -> set[frozenset[str]]:
    """Pairs that the last word by hand took apart."""
    last = {_pair(link): link["kind"] for link in log if link["kind"] in ("merge", "undo")}
    return {pair for pair, kind in last.items() if kind == "undo"}


def _pair(link: Link) -> frozenset[str]:
    return frozenset((link["source"], link["target"]))


def _moment(link: Link) -> tuple[Any, str]:
    return link["ts"], link["event_id"]
