"""Quality of the product measured: errors, web vitals, forms.

Each page comes at once as a frame with skeletons; htmx asks the same address for its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now as wall_clock

from dashboards import quality
from dashboards.charts import Note
from dashboards.insights.state import range_of
from dashboards.noting import notes_in
from dashboards.shell import Shell
from dashboards.views.page import keeping, show, tenant_page
from events.query.errors import ORDERS
from events.query.forms import OUTCOMES
from events.query.run import run
from events.query.spans import rfc3339
from events.query.types import parse_question
from events.query.vitals import THRESHOLDS
from obc_analytics.errors import NotFound

DEVICES = ("desktop", "mobile", "tablet")
SORTS = {"count": "Count", "users": "Users", "last_seen": "Last seen", "first_seen": "First seen"}
assert SORTS.keys() == ORDERS.keys()
GROUP = re.compile(r"[0-9a-f]{16}|\$other")  # as questions name a cause

Part = Callable[..., HttpResponse]


def framed(title: str, lead: str) -> Callable[[Part], Part]:
    """The view makes the inside of the page, which htmx asks for; anybody else gets the frame around it."""

    def decorate(view: Part) -> Part:
        @wraps(view)
        def wrapper(request: HttpRequest, shell: Shell, **kwargs: Any) -> HttpResponse:
            if request.headers.get("HX-Request"):
                return view(request, shell, **kwargs)
            named = ("sort", "metric", "device", "form")
            kept = {name: request.GET[name][:300] for name in named if request.GET.get(name)}
            return show(request, keeping(shell, **kept), "quality/frame.html", title=title, lead=lead)

        return wrapper

    return decorate


@tenant_page("errors")
@framed("Errors", "The error events of your product, one line for each cause: type, message without ids, top frame.")
def errors(request: HttpRequest, shell: Shell) -> HttpResponse:
    sort = _choice(request, "sort", tuple(SORTS))
    answer = _ask(shell, kind="errors", order=sort, limit=200)
    shell = keeping(shell, sort=sort if sort != "count" else "")
    context: dict[str, Any] = {
        "rows": quality.error_rows(answer),
        "chart": quality.errors_chart(answer, _interval(shell), _notes(shell)),
        "sort": sort,
    }
    sorts = [(name, label, keeping(shell, sort=name).state.query()) for name, label in SORTS.items()]
    return show(request, shell, "quality/errors.html", answer=answer, sorts=sorts, **context)


@tenant_page("errors")
@framed("Error", "")
def error(request: HttpRequest, shell: Shell, group: str) -> HttpResponse:
    if not GROUP.fullmatch(group):
        raise NotFound("There is no error of this address.")
    answer = _ask(shell, kind="errors", group=group)
    chart = quality.errors_chart(answer, _interval(shell), _notes(shell))
    return show(request, shell, "quality/error.html", group=answer["groups"][0], detail=answer["detail"], chart=chart)


@tenant_page("vitals")
@framed(
    "Web vitals", "Measured by your visitors' browsers. Three in four loads were at least this good (75th percentile)."
)
def vitals(request: HttpRequest, shell: Shell) -> HttpResponse:
    device = _choice(request, "device", ("", *DEVICES))
    filters = [{"property": "$device_type", "op": "is", "value": device}] if device else []
    answer = _ask(shell, kind="vitals", filters=filters)
    measured = [entry["metric"] for entry in answer["metrics"]]
    chosen = _choice(request, "metric", tuple(measured or THRESHOLDS))
    shell = keeping(shell, metric=chosen if chosen != next(iter(measured), chosen) else "", device=device)
    names = [("", "All devices"), *((name, name.capitalize()) for name in DEVICES)]
    return show(
        request,
        shell,
        "quality/vitals.html",
        metrics=[
            (each, keeping(shell, metric=each.metric).state.query()) for each in quality.vitals_of(answer, chosen)
        ],
        devices=[(label, keeping(shell, device=name).state.query(), name == device) for name, label in names],
        measured=measured,
        pages=quality.vital_pages(answer, measured),
        charts=quality.vital_charts(answer, chosen, _interval(shell), _notes(shell)),
    )


@tenant_page("forms")
@framed("Forms", "From the first touch of a form to its submission: how each attempt ended, and in which field.")
def forms(request: HttpRequest, shell: Shell) -> HttpResponse:
    form = request.GET.get("form", "")[:300]
    answer = _ask(shell, kind="forms", form=form or None)
    context: dict[str, Any] = {
        "rows": [(row, keeping(shell, form=row.form["form"]).state.query()) for row in quality.form_rows(answer)],
        "chart": quality.forms_chart(answer, _interval(shell), _notes(shell)),
        "form": form,
    }
    words = [(number, name, quality.OUTCOME_WORDS[name]) for number, name in enumerate(OUTCOMES, 1)]
    context |= {"answer": answer, "words": words, "all_forms": keeping(shell, form="").state.query()}
    return show(request, keeping(shell, form=form), "quality/forms.html", **context)


def _ask(shell: Shell, filters: Sequence[dict[str, Any]] = (), **question: Any) -> dict[str, Any]:
    """The answer over the page's range and filters, in buckets as its charts have them."""
    span = shell.state.span(wall_clock())
    range_ = {"from": rfc3339(span.since), "to": rfc3339(span.until), "timezone": shell.state.timezone}
    common = {"range": range_, "interval": span.interval}
    all_filters = [*msgspec.to_builtins(shell.state.question_filters), *filters]
    return run(shell.tenant, parse_question({**common, "filters": all_filters, **question}))


def _notes(shell: Shell) -> list[Note]:
    return notes_in(range_of(shell.state), shell.tenant.id)


def _interval(shell: Shell) -> str:
    return shell.state.span(wall_clock()).interval


def _choice(request: HttpRequest, name: str, allowed: tuple[str, ...]) -> str:
    """The parameter's value when it is one of these, else the first."""
    value = request.GET.get(name, "")
    return value if value in allowed else allowed[0]
