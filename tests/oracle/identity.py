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
    users = {link["target"] for link in log if link["kind"] == "device"}
    kept = [link for link in log if link["kind"] != "undo" and _pair(link) not in undone]
    of_device: dict[str, str] = {}
    for link in sorted((link for link in kept if link["kind"] == "device"), key=_moment):
        if link["source"] not in users:
            of_device.setdefault(link["source"], link["target"])
    edges = [
        (of_device.get(link["source"], link["source"]), of_device.get(link["target"], link["target"]), _moment(link))
        for link in kept
        if link["kind"] in ("alias", "merge")
    ]
    return {id_: _name(of_device.get(id_, id_), edges) for id_ in ids}


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
