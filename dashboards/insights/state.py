"""The state of a builder: what its URL says, what is saved, and how the two differ."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec
from django.utils.timezone import now as wall_clock

from dashboards.cohorts.internal import HIDE
from dashboards.insights import compact, reading
from dashboards.insights.view import View, parse_view, view_of
from dashboards.models import Asker, SavedInsight
from dashboards.state import PageState
from events.query.spans import rfc3339
from events.query.types import Insight, Range
from obc_analytics.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Builder:
    """`page` is the state that all pages share: range, time zone. `problems`: what of the URL was left out."""

    question: Insight
    view: View
    page: PageState
    saved: SavedInsight | None = None
    problems: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.question.__struct_config__.tag)

    @property
    def q(self) -> str:
        return compact.text(self.question)

    @property
    def state(self) -> PageState:
        """The page's state, with the question: links to other ranges keep it."""
        return replace(self.page, kept=tuple(self._named().items()))

    def _named(self) -> dict[str, str]:
        """What is usual is left out, unless something else is saved: that would come back."""
        kept = self._saved_view
        view = {
            "chart": self.view.chart,
            "format": self.view.format if {self.view.format, kept.format} != {"count"} else "",
            "value": self.view.told_value if self.view.value or kept.value else "",
        }
        return {"q": self.q, **{name: value for name, value in view.items() if value}}

    @property
    def address(self) -> str:
        """Below the tenant's root. A saved question that is as it was saved needs no `q`."""
        path = f"insights/{self.saved.id}" if self.saved else "insights/new"
        return path + (self.page.query() if self.saved and not self.changed else self.state.query()).rstrip("?")

    @property
    def result_query(self) -> str:
        """What the result is asked with: the question, and which saved one's duration it tells."""
        saved = {"id": str(self.saved.id)} if self.saved and not self.changed else {}
        named = {**self._named(), **saved, **self._page_named()}
        return f"?{urlencode([*named.items(), *self._page_filters()])}"

    @property
    def edit_query(self) -> str:
        """What an edit is sent with: the page's state, and which saved insight it is about."""
        saved = {"id": str(self.saved.id)} if self.saved else {}
        return f"?{urlencode([*saved.items(), *self._page_named().items(), *self._page_filters()])}"

    def _page_named(self) -> dict[str, str]:
        return {"range": self.page.range, "tz": self.page.timezone}

    def _page_filters(self) -> list[tuple[str, str]]:
        """What further parts of the address narrow every question."""
        hidden = [("internal", HIDE)] if self.page.hides_internal else []
        return [*[("f", each.text) for each in self.page.filters], *hidden]

    @property
    def kept_view(self) -> View:
        return msgspec.structs.replace(self.view, range=self.page.range)

    @property
    def changed(self) -> bool:
        """Whether saving would change what is saved."""
        if self.saved is None:
            return False
        return compact.compact(self.question) != self.saved.question or self.kept_view != self._saved_view

    @property
    def _saved_view(self) -> View:
        view = saved_view(self.saved) if self.saved else View()
        return view if view.range else msgspec.structs.replace(view, range=self.page.range)

    def may_change(self, asker: Asker) -> bool:
        return self.saved.may_change(asker) if self.saved else asker.writes

    def asked(self, now: datetime) -> Insight:
        """The question as `run` takes it, with the page's range and filters."""
        filters = (*self.page.question_filters, *self.question.filters)
        return msgspec.structs.replace(self.question, range=range_of(self.page, now), filters=filters)


def saved_view(saved: SavedInsight) -> View:
    """What was saved, as far as it still fits."""
    try:
        return parse_view(saved.view, saved.kind)
    except (BadRequest, KeyError):
        return View()


def read(query: Mapping[str, str], page: PageState, saved: SavedInsight | None = None) -> Builder:
    """The state that a URL names; of a saved insight, what the URL does not say is as it was saved."""
    found = reading.read(query.get("q", ""), query.get("kind", "")) if query.get("q") or not saved else None
    if found is None:
        found = reading.salvage(saved.question)  # type: ignore[union-attr]
    kind = str(found.question.__struct_config__.tag)
    question, page, problems = _own_range(found.question, page, query)
    if saved:
        page = _saved_range(saved_view(saved), page, query)
    view = view_of(query, kind, saved_view(saved) if saved and saved.kind == kind else None)
    return Builder(question, msgspec.structs.replace(view, range=None), page, saved, (*found.problems, *problems))


def _own_range(question: Insight, page: PageState, query: Mapping[str, str]) -> tuple[Insight, PageState, list[str]]:
    """A range inside `q` becomes the page's, unless the URL names one besides."""
    own = question.range
    if own is None:
        return question, page, []
    question = msgspec.structs.replace(question, range=None)
    if query.get("range") or query.get("from"):
        return question, page, []
    named = {"range": f"{own.from_[:10]}..{own.to[:10]}", "tz": own.timezone or query.get("tz", "")}
    read_ = PageState.read(named, page.home_timezone)
    problems = [read_.problem] if read_.problem else []
    return question, replace(page, range=read_.range, timezone=read_.timezone), problems


def _saved_range(view: View, page: PageState, query: Mapping[str, str]) -> PageState:
    """The saved range is the usual one of a saved insight's page."""
    if not view.range:
        return page
    found = PageState.read({"range": view.range}, page.home_timezone)
    if found.problem:
        return page
    named = query.get("range") or query.get("from")
    return replace(page, usual=view.range, range=page.range if named else view.range)


def range_of(page: PageState, now: datetime | None = None) -> Range:
    """The page's range as questions take it: whole local days where they are, else instants."""
    span = page.span(now or wall_clock())
    first, last = span.since.astimezone(span.zone), span.until.astimezone(span.zone)
    if first.time() == last.time() and not (first.hour or first.minute):
        days = (first.date().isoformat(), (last - timedelta(microseconds=1)).date().isoformat())
        return Range(*days, timezone=page.timezone)
    return Range(rfc3339(span.since), rfc3339(span.until), timezone=page.timezone)


def saved_of(id_: str, tenant_id: uuid.UUID, asker: Asker) -> SavedInsight | None:
    """Inside a tenant's scope: the saved insight of an `id=`, None where it names none that the asker sees."""
    try:
        wanted = uuid.UUID(id_)
    except ValueError:
        return None
    return SavedInsight.objects.of(tenant_id).visible_to(asker).filter(id=wanted).select_related("owner").first()
