"""Which module draws which kind of question."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from dashboards.charts import flows, funnel, lifecycle, retention, sql, stickiness, trends
from dashboards.charts.formats import Named, values_label
from dashboards.charts.model import Chart
from events.query import types
from events.query.types import AnyQuestion

MODULES: Mapping[type, ModuleType] = {
    types.Trends: trends,
    types.Funnel: funnel,
    types.Retention: retention,
    types.Flows: flows,
    types.Lifecycle: lifecycle,
    types.Stickiness: stickiness,
    types.Sql: sql,
}

Words = Mapping[int, Mapping[str, str]]


def of(
    question: AnyQuestion,
    answer: Mapping[str, Any],
    *,
    id: str,
    title: str,
    view: str = "",
    words: Words | None = None,
    **options: Any,
) -> Chart:
    """The chart of an answer. An unknown `view` is the default one; options that a kind has no use for are ignored.

    `options`: `format`, `notes`, `low`, `value` (dashboards/charts/__init__.py). `words`: by the place of a
    breakdown, what its values are called.
    """
    if words:
        answer = _worded(answer, words)
    module = MODULES[type(question)]
    known = [name for name, _ in module.VIEWS]
    taken = inspect.signature(module.chart).parameters
    given = {name: value for name, value in options.items() if name in taken}
    return module.chart(question, answer, view if view in known else known[0], id=id, title=title, **given)


def _worded(answer: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The answer with a label on each breakdown's values."""
    found = dict(answer)
    for part, key in (("series", "breakdown"), ("breakdowns", "value")):
        if part in found:
            found[part] = [{**entry, key: _named(entry[key], words)} for entry in found[part]]
    return found


def _named(values: list[Any], words: Words) -> Named:
    named = Named(values)
    named.label = values_label([words.get(place, {}).get(value, value) for place, value in enumerate(values)])
    return named


def views_of(question: AnyQuestion) -> list[tuple[str, str]]:
    """(name, label) of each view of its kind, the default first."""
    return list(MODULES[type(question)].VIEWS)
