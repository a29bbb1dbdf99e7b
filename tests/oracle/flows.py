"""What flows mean, by brute force. No SQL.

Readings of the specification where it leaves room: every anchor in the range starts a path; with repeats
collapsed a run of one event is one node, and an anchor when one of its events is; `$end` stands at either
end of a session, once, and is never among the top.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Flows:
    anchor: Callable[[Row], bool]
    since: datetime
    until: datetime
    direction: str
    depth: int
    top: int
    collapse: bool


def paths(rows: list[Row], question: Flows) -> list[tuple[str, list[str]]]:
    """(who, names from the anchor outwards)."""
    found = []
    keys = sorted({(row["who"], row["derived_session"]) for row in rows})
    for who, session in keys:
        events = [row for row in rows if (row["who"], row["derived_session"]) == (who, session)]
        events.sort(key=lambda row: (row["ts"], row["seq"]), reverse=question.direction == "before")
        nodes: list[tuple[str, bool]] = []
        for row in events:
            anchor = question.since <= row["ts"] < question.until and question.anchor(row)
            if question.collapse and nodes and nodes[-1][0] == row["name"]:
                nodes[-1] = (row["name"], nodes[-1][1] or anchor)
            else:
                nodes.append((row["name"], anchor))
        for at, (_, anchor) in enumerate(nodes):
            if anchor:
                names = [name for name, _ in nodes[at : at + question.depth + 1]]
                found.append((who, names if len(names) > question.depth else [*names, "$end"]))
    return found


def coded(found: list[tuple[str, list[str]]], question: Flows) -> list[tuple[str, list[str]]]:
    """All but the top names of each step as `$other`."""
    tops = []
    for step in range(question.depth + 1):
        counts = Counter(names[step] for _, names in found if len(names) > step and names[step] != "$end")
        tops.append({name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: question.top]})
    return [
        (who, [name if name == "$end" or name in tops[step] else "$other" for step, name in enumerate(names)])
        for who, names in found
    ]


def flows(rows: list[Row], question: Flows) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Counts of nodes and of links (source, target)."""
    nodes: Counter[str] = Counter()
    links: Counter[tuple[str, str]] = Counter()
    sign = 1 if question.direction == "after" else -1
    for _, names in coded(paths(rows, question), question):
        ids = [f"{sign * step}:{name}" for step, name in enumerate(names)]
        nodes.update(ids)
        links.update(pairwise(ids) if sign == 1 else ((b, a) for a, b in pairwise(ids)))
    return nodes, links
