"""Hide internal users: one cohort, chosen by an owner, that a switch beside the filters leaves out of every number."""

from __future__ import annotations

import json
import uuid

import pytest
from django.http import QueryDict
from django.test import Client

from dashboards.cohorts.internal import Lookup
from dashboards.state import PageState, with_new_filter
from events.models import Cohort
from events.query import run
from tenants.models import Tenant
from tenants.scope import operator_scope, tenant_scope
from tests.factories import make_event, make_tenant, send

ID = str(uuid.UUID(int=9))
OURS = {"type": "behaviour", "event": "deploy"}


def read(query, internal=ID):
    return PageState.read(query, "UTC", cohorts=lambda: Lookup(internal, {ID: "Us"}))


def make(tenant, name="Us", definition=OURS):
    with tenant_scope(tenant.id):
        return Cohort.objects.create(tenant=tenant, name=name, definition=definition)


def choose(tenant, cohort):
    with operator_scope():
        Tenant.objects.filter(id=tenant.id).update(internal_cohort=cohort.id)


def test_an_address_that_hides_them_adds_a_filter_to_every_question_and_to_every_link():
    state = read({"internal": "hide", "range": "30d"})
    assert [(each.property, each.op, each.value) for each in state.question_filters] == [
        (f"cohort:{ID}", "is", "false")
    ]
    assert state.query(range="90d") == "?range=90d&internal=hide"
    assert state.internal_switch == "?range=30d"
    assert read({"range": "30d"}).internal_switch == "?range=30d&internal=hide"
    assert read({}).internal_switch == "?internal=hide"


def test_without_such_a_cohort_nobody_is_hidden_and_the_page_says_how_to_choose_one():
    state = read({"internal": "hide"}, internal="")
    assert (state.question_filters, state.query()) == ([], "?")
    assert "Settings, General" in state.problem
    assert read({"internal": "<b>"}).problem == ""


def test_a_filter_of_a_cohort_is_called_by_its_name():
    state = read({"f": f"cohort:{ID}~is~false"})
    assert [label for label, _ in state.chips] == ["not in Us"]
    for wrong in ("cohort:x~is~true", f"cohort:{ID}~contains~true", f"cohort:{ID}~is~maybe"):
        assert "left out" in read({"f": wrong}).problem and read({"f": wrong}).question_filters == []


@pytest.mark.parametrize(
    ("op", "value", "kept"),
    [
        ("is", "", "true"),
        ("is", "false", "false"),
        ("is_not", "", "false"),
        ("contains", "x", "true"),
        ("", "", "true"),
    ],
)
def test_a_filter_that_the_bar_sends_by_a_cohorts_name_becomes_an_address_with_its_id(op, value, kept):
    query = QueryDict(f"fp=Cohort: Us&fo={op}&fv={value}&range=30d")
    found = QueryDict(with_new_filter(query, lambda: Lookup(names={ID: "Us"})))
    assert (found["f"], found["range"]) == (f"cohort:{ID}~is~{kept}", "30d")


def test_an_owner_chooses_the_cohort_among_the_tenants_own(tenant, sign_in):
    owner, cohort, theirs = sign_in(tenant, "owner"), make(tenant), make(make_tenant("Other"))
    address = f"/t/{tenant.slug}/settings/general/"
    assert f'<option value="{cohort.id}">Us' in owner.get(address).content.decode()
    fields = {"name": "Acme", "timezone": "UTC"}
    for id_, status in [(cohort.id, 302), (theirs.id, 422), ("x", 422), (uuid.uuid4(), 422)]:
        assert owner.post(address, {**fields, "internal_cohort": str(id_)}).status_code == status
        with operator_scope():
            assert Tenant.objects.get(id=tenant.id).internal_cohort == cohort.id
    assert f'<option value="{cohort.id}" selected>' in owner.get(address).content.decode()


def test_the_switch_stands_beside_the_filters_and_explains_itself_until_one_is_chosen(tenant, sign_in):
    viewer, address = sign_in(tenant, "viewer"), f"/t/{tenant.slug}/overview/"
    assert "an owner chooses a cohort of them" in viewer.get(address).content.decode()
    cohort = make(tenant)
    choose(tenant, cohort)
    assert 'role="switch" data-switch aria-checked="false"' in viewer.get(address).content.decode()
    shown = viewer.get(f"{address}?internal=hide").content.decode()
    assert 'aria-checked="true"' in shown and "panels?internal=hide" in shown
    with tenant_scope(tenant.id):
        cohort.trash()
    assert "Nobody is hidden" in viewer.get(f"{address}?internal=hide").content.decode()


@pytest.mark.django_db(transaction=True)
def test_they_are_left_out_of_the_overview_an_insight_and_the_list_of_events(sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    tenant = make_tenant("Acme")
    send(
        tenant, make_event("deploy", user_id="us"), *[make_event("view", user_id=who) for who in ("us", "them", "they")]
    )
    choose(tenant, make(tenant))
    viewer: Client = sign_in(tenant, "viewer")
    root = f"/t/{tenant.slug}/"
    q = json.dumps({"kind": "trends", "series": [{"event": "view", "measure": "uniques"}]})
    answers = {}
    for hidden in ({}, {"internal": "hide"}):
        result = viewer.get(f"{root}insights/result", {"q": q, "chart": "number", **hidden}).content.decode()
        events = viewer.get(f"{root}events/", hidden).content.decode()
        panels = viewer.get(f"{root}overview/panels", hidden).content.decode()
        answers[bool(hidden)] = (">3<" in result, ">2<" in result, "deploy" in events, "deploy" in panels)
    assert answers == {False: (True, False, True, True), True: (False, True, False, False)}
