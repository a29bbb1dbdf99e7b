"""A breakdown whose picture has room for one value: everybody together, or the one that is chosen.

Where everybody is drawn the table lists all values, too; else the one that is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboards.charts.formats import values_label
from events.query.properties import COHORT
from events.query.types import Flows, Lifecycle

LONGEST = 1_000  # characters of a value that an address carries
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picker:
    """`choices` are (the value as the address says it, its label, whether it is drawn); the first is everybody.

    `part` is what is drawn of the answer, `name` what it is called ('' is everybody), `at` whom its marks are of.
    `missing`: a value was asked for that the answer does not have.
    """

    of: str
    part: Answer
    choices: Sequence[tuple[str, str, bool]] = ()
    name: str = ""
    at: Mapping[str, Any] = field(default_factory=dict)
    missing: str = ""

    @property
    def said(self) -> str:
        """`$browser: Chrome`; empty where everybody is drawn."""
        return f"{self.of}: {self.name}" if self.name else ""

    @property
    def remark(self) -> str:
        return f"{self.of}: {self.missing} has nothing in this range, so everybody is shown." if self.missing else ""


def picker_of(question: Lifecycle | Flows, answer: Answer, value: Sequence[Any]) -> Picker:
    """Without a breakdown it has no choices, and its part is the answer."""
    parts, wanted = answer.get("breakdowns", []), [str(each) for each in value]
    found = next((part for part in parts if wanted and list(part["value"]) == wanted), None)
    made = Picker(named(question), found or answer)
    if found:
        made = replace(made, name=values_label(found["value"]), at={"breakdown": list(found["value"])})
    elif wanted and question.breakdown:
        made = replace(made, missing=values_label(wanted))
    choices = [
        (text, values_label(part["value"]), part is found)
        for part in parts
        if len(text := told(part["value"])) <= LONGEST
    ]
    return replace(made, choices=[("", "Everybody", found is None), *choices] if choices else [])


def named(question: Lifecycle | Flows) -> str:
    """What the values are of: `$browser · plan`; ids of cohorts tell nobody anything."""
    return " · ".join("Cohort" if each.property.startswith(COHORT) else each.property for each in question.breakdown)


def told(value: Sequence[Any]) -> str:
    """A breakdown's values as one text of an address."""
    return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))
