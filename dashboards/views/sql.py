"""SQL over the tenant's events: the editor with its schema, the answer in place, a file of it, and its saving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import push_url

from dashboards import charts, statements
from dashboards.insights import compact, state
from dashboards.insights.view import CHARTS
from dashboards.models import SavedInsight
from dashboards.shell import Shell
from dashboards.statements import Statement
from dashboards.streaming import csv_response, lines
from dashboards.views import saving
from dashboards.views.builder import asker_of
from dashboards.views.page import show, tenant_page
from dashboards.views.result import remember
from events.dictionary import reading
from events.models import NameKind
from events.query import people_sql
from events.query.run import run
from events.query.sandbox import pool
from obc_analytics.errors import BadRequest, Conflict, Forbidden, NotFound, ObcError, Overloaded, TooSlow
from tenants.scope import tenant_scope


@tenant_page("sql")
def page(request: HttpRequest, shell: Shell) -> HttpResponse:
    """`sql` is the statement, `chart` its view, `id` the saved insight that it is of."""
    statement = read(request, shell, request.GET.dict())
    if request.GET.get("id") and statement.saved is None:
        raise NotFound("There is no saved statement of this id.")
    pool.prepare_soon()  # somebody is about to ask
    return editor(request, shell, statement)


def editor(request: HttpRequest, shell: Shell, statement: Statement, status: int = 200, **more: Any) -> HttpResponse:
    asker = asker_of(request, shell)
    return show(
        request,
        shell,
        "sql/page.html",
        status,
        statement=statement,
        may_save=asker.writes,
        may_change=statement.saved is not None and statement.saved.may_change(asker),
        views=[
            (name, label, name == (statement.view.chart or statements.USUAL)) for name, label in CHARTS[statements.KIND]
        ],
        columns=people_sql.COLUMNS,
        functions=statements.FUNCTIONS,
        examples=[(name, Statement(text, statement.view).address) for name, text in statements.EXAMPLES],
        limits=people_sql.LIMITS,
        **more,
    )


def read(request: HttpRequest, shell: Shell, query: Mapping[str, str]) -> Statement:
    with tenant_scope(shell.tenant.id):
        saved = state.saved_of(query.get("id", ""), shell.tenant.id, asker_of(request, shell))
    return statements.read(query, saved)


@tenant_page("sql")
def result(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The answer, and the address that asks for it; a POST, since a statement may be longer than an address."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    statement = read(request, shell, request.POST.dict())
    try:
        response = answered(request, shell, statement)
    except ObcError as error:
        response = show(request, shell, "sql/failed.html", error.status, error=error, advice=advice(error))
    return response if _shown_there(request, shell, statement) else push_url(response, shell.root + statement.address)


def answered(request: HttpRequest, shell: Shell, statement: Statement) -> HttpResponse:
    question = statement.question()
    answer = run(shell.tenant, question)
    if statement.saved and not statement.changed and not answer.get("cached"):
        remember(shell, str(statement.saved.id), answer["timing_ms"])
    name = statement.saved.name if statement.saved else "Result"
    chart = charts.of(question, answer, id="insight", title=name, view=statement.view.chart)
    return show(request, shell, "sql/result.html", chart=chart, answer=answer, statement=statement)


def _shown_there(request: HttpRequest, shell: Shell, statement: Statement) -> bool:
    """Whether the browser's address says it already: opened, or asked again."""
    current = getattr(request, "htmx", None) and request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    path, _, query = str(current or "").partition("?")
    if path != f"{shell.root}sql/":
        return False
    there = read(request, shell, dict(parse_qsl(query, keep_blank_values=True)))
    return there.address == statement.address


def advice(error: ObcError) -> str:
    if isinstance(error, TooSlow):
        return f"A statement has {people_sql.SECONDS:.0f} s: ask for fewer days (timestamp), columns or groups."
    if isinstance(error, Overloaded):
        return "One statement works at a time."
    return "The statement stands in the editor as you wrote it." if isinstance(error, BadRequest) else ""


@tenant_page("sql")
def names(request: HttpRequest, shell: Shell) -> HttpResponse:
    """The properties that came, the most frequent first, with the expression that reads each."""
    found = reading.read(shell.tenant, NameKind.PROPERTY).chosen()
    listed = [
        (name.name, people_sql.expression(name.name), ", ".join(name.types), name.description)
        for name in found[: statements.LISTED]
    ]
    return show(request, shell, "sql/names.html", names=listed, more=len(found) - len(listed))


@tenant_page("sql")
def download(request: HttpRequest, shell: Shell) -> HttpResponseBase:
    """All rows that the limits let through, as a file."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    answer = run(shell.tenant, read(request, shell, request.POST.dict()).question())
    header = [column["name"] for column in answer["columns"]]
    return csv_response(request, f"sql-{shell.tenant.slug}", lines(header, [_cells(answer["rows"])]))


def _cells(rows: list[list[Any]]) -> list[list[Any]]:
    """Lists and structs as JSON."""
    return [
        [json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value for value in row]
        for row in rows
    ]


@tenant_page("sql")
def save(request: HttpRequest, shell: Shell) -> HttpResponse:
    """As a new insight, or over the saved one whose version was seen (`as`: new, same)."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form, asker = request.POST.dict(), asker_of(request, shell)
    if not asker.writes:
        raise Forbidden("Saving needs the role analyst; an owner can change that.")
    statement = read(request, shell, form)
    fields = {
        "question": compact.kept(compact.compact(statement.question())),
        "view": {"chart": statement.view.chart} if statement.view.chart else {},
    }
    with tenant_scope(shell.tenant.id):
        if form.get("as") == "same":
            if statement.saved is None:
                raise NotFound
            rows = SavedInsight.objects.of(shell.tenant.id)
            try:
                rows.take(statement.saved.id, asker, saving.number_of(form.get("version", ""))).change(**fields)
            except Conflict:
                return editor(request, shell, statement, status=409, conflict=True)
            return redirect(f"{shell.root}sql/?id={statement.saved.id}")
        named = {"name": saving.name_of(form), "sharing": saving.sharing_of(form)}
        owned = {"tenant_id": shell.tenant.id, "owner_id": asker.user_id}
        saved = SavedInsight.objects.create(**owned, **named, **fields)
    return redirect(f"{shell.root}sql/?id={saved.id}")
