"""Dated notes: kept, changed, and drawn on every chart of their time."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils.timezone import now

from dashboards.boards import answering
from dashboards.boards.override import Override
from dashboards.models import Annotation, Tile
from dashboards.noting import notes_of
from dashboards.state import PageState
from tenants.scope import tenant_scope
from tests.dashboards import answers
from tests.factories import at, make_tenant

pytestmark = pytest.mark.django_db


def kept(tenant):
    with tenant_scope(tenant.id):
        return list(Annotation.objects.of(tenant.id).values_list("day", "text"))


def test_a_note_is_added_edited_and_deleted(sign_in, tenant):
    client, root = sign_in(tenant, "analyst"), f"/t/{tenant.slug}/boards/notes/"
    client.post(f"{root}new", {"day": "2026-11-10", "text": "Release <2>"})
    assert kept(tenant) == [(date(2026, 11, 10), "Release <2>")]
    assert "Release &lt;2&gt;" in client.get(root).content.decode()
    with tenant_scope(tenant.id):
        id_ = Annotation.objects.get().id
    client.post(f"{root}{id_}", {"action": "edit", "day": "2026-11-11", "text": "Release"})
    assert kept(tenant) == [(date(2026, 11, 11), "Release")]
    client.post(f"{root}{id_}", {"action": "delete"})
    assert kept(tenant) == []


@pytest.mark.parametrize(
    "form", [{}, {"day": "2026-02-30", "text": "x"}, {"day": "0001-01-01", "text": "x"}, {"day": "2026-11-10"},
             {"day": "2026-11-10", "text": "x" * 201}, {"day": "2026-11-10", "text": "\x00"}],
)  # fmt: skip
def test_what_is_no_note_is_refused_with_the_reason_and_keeps_what_was_typed(sign_in, tenant, form):
    response = sign_in(tenant).post(f"/t/{tenant.slug}/boards/notes/new", form)
    assert response.status_code == 422
    assert b'role="alert"' in response.content
    assert form.get("day", "") in response.content.decode()
    assert kept(tenant) == []


def test_a_charts_notes_are_those_of_its_days(tenant):
    elsewhere = make_tenant("Elsewhere")
    for owner in (tenant, elsewhere):
        with tenant_scope(owner.id):
            for day in (30, 31):
                Annotation.objects.create(tenant=owner, day=date(2026, 10, day), text=f"{owner.slug} {day}")
    tile = Tile(kind="number", question={"kind": "trends"}, view={"range": "2026-10-01..2026-10-30"})
    asked = answering.asked_of(tile, Override.read({}, PageState()), at("2026-11-24 12:00"))
    found = notes_of(asked.question, tenant.id)
    assert [(note.when, note.text) for note in found] == [("2026-10-30", f"{tenant.slug} 30")]


def test_the_overviews_chart_has_them_too(sign_in, tenant, monkeypatch):
    monkeypatch.setattr("dashboards.views.overview.dashboard", lambda *args: answers.dashboard_answer())
    with tenant_scope(tenant.id):
        Annotation.objects.create(tenant=tenant, day=now().date(), text="Release 2.4")
    assert "Release 2.4" in sign_in(tenant).get(f"/t/{tenant.slug}/overview/panels").content.decode()
