"""What is wrong with a form, said with the names that the form shows."""

from __future__ import annotations

import re

from dashboards.insights.form import LETTERS
from obc_analytics.errors import BadRequest

PLACE = re.compile(r"\$\.(series|steps|filters|breakdown|exclusions)\[(\d+)\]")
WORDS = {"steps": "Step", "filters": "Filter", "breakdown": "Breakdown", "exclusions": "Exclusion"}


def worded(error: BadRequest) -> str:
    """`A: the measure sum needs a property` for the message that names `$.series[0]`."""
    message, _, _ = error.message.partition(" at $")
    found = PLACE.match(str(error.details.get("path", "")))
    if not found:
        return message
    name, number = found[1], int(found[2])
    where = LETTERS[number % len(LETTERS)] if name == "series" else f"{WORDS[name]} {number + 1}"
    return f"{where}: {message}"
