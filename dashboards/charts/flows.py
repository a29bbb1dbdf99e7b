"""Flows: streams between events, step by step, of all or of one value; an event has one colour in every column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.charts.formats import event_label, say, values_label
from dashboards.charts.listing import headed, listed
from dashboards.charts.model import OTHER, SHOWN, At, Cell, Chart, Column, Row, Streams, Table
from dashboards.charts.picking import Picker, picker_of
from events.query.types import Flows, to_json

VIEWS = (("flow", "Flow"), ("table", "Table"))
END = "$end"
Nodes = Mapping[str, Mapping[str, Any]]


def chart(
    question: Flows,
    answer: Mapping[str, Any],
    view: str,
    *,
    id: str,
    title: str,
    low: bool = False,
    value: Sequence[Any] = (),
) -> Chart:
    picker = picker_of(question, answer, value)
    nodes = _nodes(picker.part)
    table, remark = _table(answer, picker)
    return Chart(
        id=id,
        title=title,
        table=table,
        description=_description(question, f"{title}, {picker.said}" if picker.said else title, nodes),
        drawing=None if view == "table" else _streams(question, answer, picker),
        question=to_json(question),
        remark=picker.remark or remark,
        low=low,
        is_empty=not _anchors(nodes),
        picker=picker,
    )


def _nodes(part: Mapping[str, Any]) -> Nodes:
    return {node["id"]: node for node in part["nodes"]}


def _anchors(nodes: Nodes) -> int:
    return sum(node["count"] for node in nodes.values() if node["step"] == 0)


def _streams(question: Flows, answer: Mapping[str, Any], picker: Picker) -> Streams:
    colours = _colours(answer, picker.part)
    first = 0 if question.direction == "after" else question.depth
    nodes = [
        {
            "id": node["id"],
            "label": event_label(node["event"]),
            "depth": first + node["step"],
            "count": node["count"],
            "colour": colours.get(node["event"], 0),
            "at": {**picker.at, "node": node["id"]},
        }
        for node in picker.part["nodes"]
    ]
    return Streams(nodes, [dict(link) for link in picker.part["links"]])


def _colours(*parts: Mapping[str, Any]) -> dict[str, int]:
    """The most frequent events get the eight colours; `$other`, `$end` and the rest are grey. Those of everybody
    come first, so that an event keeps its colour whichever value is drawn."""
    named: dict[str, None] = {}
    for part in parts:
        counts: Counter[str] = Counter()
        for node in part["nodes"]:
            counts[node["event"]] += node["count"]
        named |= dict.fromkeys(event for event, _ in counts.most_common() if event not in {OTHER, END})
    return {event: number for number, event in enumerate([*named][:SHOWN], 1)}


def _table(answer: Mapping[str, Any], picker: Picker) -> tuple[Table, str]:
    """Of the value that is drawn, else of everybody and of each value."""
    columns = [
        Column("Event", number=False),
        Column("Paths"),
        Column("Of all"),
        Column("From", number=False),
        Column("To", number=False),
    ]
    rows, remark = headed(picker.name, _rows(picker.part, picker.at)), ""
    if not picker.name:
        rows, remark = listed(rows, [
            (values_label(part["value"]), _rows(part, {"breakdown": list(part["value"])}))
            for part in answer.get("breakdowns", [])
        ])  # fmt: skip
    return Table("Step", columns, rows), remark


def _rows(part: Mapping[str, Any], at: At) -> list[Row]:
    """A row a node, with where its people came from and went."""
    nodes = _nodes(part)
    anchors = _anchors(nodes)
    before, after = _ends(nodes, part, "target", "source"), _ends(nodes, part, "source", "target")
    return [
        Row(
            f"{node['step']:+d}" if node["step"] else "Start",
            [
                Cell.words(event_label(node["event"])),
                Cell.of(node["count"], at={**at, "node": node["id"]}),
                Cell.of(node["count"] / anchors if anchors else None, "share"),
                Cell.words(before.get(node["id"], "")),
                Cell.words(after.get(node["id"], "")),
            ],
        )
        for node in sorted(nodes.values(), key=lambda node: (abs(node["step"]), -node["count"]))
    ]


def _ends(nodes: Nodes, answer: Mapping[str, Any], here: str, there: str) -> dict[str, str]:
    """By node: `search 12, click 3`, the other ends of its links."""
    found: dict[str, list[str]] = {}
    for link in sorted(answer["links"], key=lambda link: -link["count"]):
        other = event_label(nodes[link[there]]["event"])
        found.setdefault(link[here], []).append(f"{other} {say(link['count'])}")
    return {node: ", ".join(parts) for node, parts in found.items()}


def _description(question: Flows, title: str, nodes: Nodes) -> str:
    near = [node for node in nodes.values() if abs(node["step"]) == 1]
    near.sort(key=lambda node: -node["count"])
    parts = ", ".join(f"{event_label(node['event'])} {say(node['count'])}" for node in near)
    where = "next" if question.direction == "after" else "before"
    paths = f"{say(_anchors(nodes))} paths from {event_label(question.anchor.event)}"
    return f"{title}: {paths}; {where}: {parts or 'nothing'}."
