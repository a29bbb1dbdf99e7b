"""Flows: streams between events, step by step; an event has one colour in every column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dashboards.charts.formats import event_label, say
from dashboards.charts.model import OTHER, SHOWN, Cell, Chart, Column, Row, Streams, Table
from events.query.types import Flows, to_json

VIEWS = (("flow", "Flow"), ("table", "Table"))
END = "$end"


def chart(question: Flows, answer: Mapping[str, Any], view: str, *, id: str, title: str, low: bool = False) -> Chart:
    nodes = {node["id"]: node for node in answer["nodes"]}
    anchors = sum(node["count"] for node in nodes.values() if node["step"] == 0)
    return Chart(
        id=id,
        title=title,
        table=_table(nodes, answer, anchors),
        description=_description(question, title, nodes, anchors),
        drawing=None if view == "table" else _streams(question, answer),
        question=to_json(question),
        low=low,
        is_empty=not anchors,
    )


def _streams(question: Flows, answer: Mapping[str, Any]) -> Streams:
    colours = _colours(answer)
    first = 0 if question.direction == "after" else question.depth
    nodes = [
        {
            "id": node["id"],
            "label": event_label(node["event"]),
            "depth": first + node["step"],
            "count": node["count"],
            "colour": colours.get(node["event"], 0),
            "at": {"node": node["id"]},
        }
        for node in answer["nodes"]
    ]
    return Streams(nodes, [dict(link) for link in answer["links"]])


def _colours(answer: Mapping[str, Any]) -> dict[str, int]:
    """The most frequent events get the eight colours; `$other`, `$end` and the rest are grey."""
    counts: Counter[str] = Counter()
    for node in answer["nodes"]:
        counts[node["event"]] += node["count"]
    named = [event for event, _ in counts.most_common() if event not in {OTHER, END}]
    return {event: number for number, event in enumerate(named[:SHOWN], 1)}


def _table(nodes: Mapping[str, Any], answer: Mapping[str, Any], anchors: int) -> Table:
    """A row a node, with where its people came from and went."""
    before, after = _ends(nodes, answer, "target", "source"), _ends(nodes, answer, "source", "target")
    rows = [
        Row(
            f"{node['step']:+d}" if node["step"] else "Start",
            [
                Cell.words(event_label(node["event"])),
                Cell.of(node["count"], at={"node": node["id"]}),
                Cell.of(node["count"] / anchors if anchors else None, "share"),
                Cell.words(before.get(node["id"], "")),
                Cell.words(after.get(node["id"], "")),
            ],
        )
        for node in sorted(nodes.values(), key=lambda node: (abs(node["step"]), -node["count"]))
    ]
    columns = [
        Column("Event", number=False),
        Column("Paths"),
        Column("Of all"),
        Column("From", number=False),
        Column("To", number=False),
    ]
    return Table("Step", columns, rows)


def _ends(nodes: Mapping[str, Any], answer: Mapping[str, Any], here: str, there: str) -> dict[str, str]:
    """By node: `search 12, click 3`, the other ends of its links."""
    found: dict[str, list[str]] = {}
    for link in sorted(answer["links"], key=lambda link: -link["count"]):
        other = event_label(nodes[link[there]]["event"])
        found.setdefault(link[here], []).append(f"{other} {say(link['count'])}")
    return {node: ", ".join(parts) for node, parts in found.items()}


def _description(question: Flows, title: str, nodes: Mapping[str, Any], anchors: int) -> str:
    near = [node for node in nodes.values() if abs(node["step"]) == 1]
    near.sort(key=lambda node: -node["count"])
    parts = ", ".join(f"{event_label(node['event'])} {say(node['count'])}" for node in near)
    where = "next" if question.direction == "after" else "before"
    return f"{title}: {say(anchors)} paths from {event_label(question.anchor.event)}; {where}: {parts or 'nothing'}."
