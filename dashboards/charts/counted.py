"""What a question counts, in a few words: the name of a file that has no page around it."""

from __future__ import annotations

from dashboards.charts.formats import event_label
from dashboards.charts.trends import measured, names_of
from events.query.types import AnyQuestion, Flows, Funnel, Lifecycle, Retention, Stickiness, Trends


def counted(question: AnyQuestion) -> str:
    """`page_view · uniques`, `visit → sign up`; empty for a question of no events."""
    match question:
        case Trends():
            return _trends(question)
        case Funnel():
            return " → ".join(event_label(step.event) for step in question.steps)
        case Retention():
            return f"{event_label(question.start.event)} → {event_label(question.return_.event)}"
        case Flows():
            return f"{question.direction} {event_label(question.anchor.event)}"
        case Lifecycle() | Stickiness():
            return event_label(question.event)
    return ""


def _trends(question: Trends) -> str:
    """What all lines measure is said once, at the end."""
    names = ", ".join(names_of(question))
    several = len(question.series) > 1
    shared = several and len({(each.measure, each.property) for each in question.series}) == 1
    text = names + measured(question.series[0]) if shared else names
    return f"{question.formula} of {text}" if question.formula else text
