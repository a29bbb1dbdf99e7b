"""The demo's board: made with its traffic, once, and every tile of it can be asked."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.boards.demo import NAME, PLANS
from dashboards.models import Annotation, Board, SavedInsight
from events.query.types import parse_question
from events.signals import demo_loaded
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

pytestmark = pytest.mark.django_db


def test_loading_the_demo_makes_its_board_once(tenant):
    for _ in range(2):
        demo_loaded.send(None, tenant=TenantConfig.of(tenant), first=date(2026, 9, 1))
    with tenant_scope(tenant.id):
        assert Board.objects.filter(name=NAME).count() == 1
        assert len(Board.objects.get(name=NAME).tiles_in_order()) == len(PLANS)
        notes = list(Annotation.objects.order_by("day").values_list("day", "text"))
    assert notes[0] == (date(2026, 9, 20), "Release 4.4.0") and len(notes) == 5


def test_its_questions_are_questions():
    for plan in PLANS:
        question = plan.question or plan.fields.get("question")
        assert question is None or parse_question(question)


def test_a_made_insight_opens_without_unsaved_changes(tenant, sign_in):
    demo_loaded.send(None, tenant=TenantConfig.of(tenant), first=date(2026, 9, 1))
    client = sign_in(tenant)
    with tenant_scope(tenant.id):
        made = list(SavedInsight.objects.all())
    assert len(made) > 10
    for insight in made:
        page = client.get(f"/t/{tenant.slug}/insights/{insight.id}").content.decode()
        assert insight.name in page and "Unsaved changes" not in page, insight.name
