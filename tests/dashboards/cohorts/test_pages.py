"""The pages of cohorts: listed, written with a live size, saved, frozen; and named by the insights' builder."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.utils.html import escape

from events.models import Cohort
from events.query import run
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

SEARCHED = {"type": "behaviour", "event": "search", "times": "at_least", "n": 2, "last_days": 30}
HOSTILE = "<script>alert(1)</script>\u202e"


def make(tenant, name="Searchers", **fields):
    with tenant_scope(tenant.id):
        return Cohort.objects.create(tenant=tenant, name=name, **({"definition": SEARCHED} | fields))


def only(tenant):
    with tenant_scope(tenant.id):
        return Cohort.objects.of(tenant.id).get()


def fields(**changes):
    return {"match": "all", "groups.0.match": "all", "groups.0.conditions.0.type": "did",
            "groups.0.conditions.0.event": "search", "groups.0.conditions.0.times": "at_least",
            "groups.0.conditions.0.n": "2", "groups.0.conditions.0.when": "last",
            "groups.0.conditions.0.last_days": "30", **changes}  # fmt: skip


@pytest.fixture
def root(tenant):
    return f"/t/{tenant.slug}/cohorts/"


@pytest.fixture
def ada(tenant, sign_in):
    return sign_in(tenant, "analyst")


def test_the_list_is_searched_and_says_what_cohorts_mean(tenant, ada, root):
    empty = ada.get(root).content.decode()
    assert "No cohorts yet" in empty and "New cohort" in empty
    make(tenant)
    make(tenant, HOSTILE)
    page = ada.get(root).content.decode()
    assert "did search at least 2 times in the last 30 days" in page
    assert escape(HOSTILE[:20]) in page and "<script>alert" not in page
    found = ada.get(f"{root}?search=searchers", headers={"HX-Request": "true", "HX-Target": "cohorts"}).content.decode()
    assert "Searchers" in found and "alert" not in found and "<html" not in found


def test_the_form_answers_with_the_address_of_what_it_says(ada, root):
    answer = ada.post(f"{root}edit", fields())
    address = answer["HX-Push-Url"]
    assert answer.status_code == 200 and address.startswith(f"{root}new?d=")
    page = answer.content.decode()
    assert 'hx-get="' + root + "count?d=" in page  # the size is asked for anew
    again = ada.get(address).content.decode()
    assert 'value="search"' in again and 'name="groups.0.conditions.0.last_days"' in again
    added = ada.post(f"{root}edit", fields(do="add:groups.0.conditions")).content.decode()
    assert 'name="groups.0.conditions.1.event"' in added
    assert 'name="groups.1.conditions.0.event"' in ada.post(f"{root}edit", fields(do="add:groups")).content.decode()
    wrong = ada.post(f"{root}edit", fields(**{"groups.0.conditions.0.last_days": "0"}))
    assert 'role="alert"' in wrong.content.decode() and not wrong.has_header("HX-Push-Url")


def test_a_cohort_is_saved_changed_thrown_away_and_deleted(tenant, ada, root):
    wanted = json.dumps(SEARCHED)
    assert ada.post(f"{root}save", {"as": "new", "name": "", "d": wanted}).status_code == 400
    made = ada.post(f"{root}save", {"as": "new", "name": "Searchers", "d": wanted})
    cohort = only(tenant)
    assert made["Location"] == f"{root}{cohort.id}" and cohort.definition["n"] == 2
    page = ada.get(f"{root}{cohort.id}?d={quote(json.dumps({**SEARCHED, 'n': 5}))}").content.decode()
    assert "Unsaved changes" in page
    change = {"as": "same", "id": str(cohort.id), "version": "1", "d": json.dumps({**SEARCHED, "n": 5})}
    assert ada.post(f"{root}save", change).status_code == 302
    assert only(tenant).definition["n"] == 5
    late = ada.post(f"{root}save", change)
    assert late.status_code == 409 and "Somebody saved this meanwhile" in late.content.decode()
    for wrong in ("", "1.0", "x"):  # a change that names no version would overwrite what nobody saw
        assert ada.post(f"{root}save", {**change, "version": wrong}).status_code == 400
    rename = {"do": "rename", "name": "Then", "description": HOSTILE, "version": "2"}
    ada.post(f"{root}{cohort.id}/change", rename)
    assert only(tenant).name == "Then"
    ada.post(f"{root}{cohort.id}/change", {"do": "trash"})
    assert "Then" in ada.get(f"{root}?trash=1").content.decode()
    assert ada.post(f"{root}{cohort.id}/change", {"do": "delete"})["Location"] == root
    with tenant_scope(tenant.id):
        assert not Cohort.objects.of(tenant.id).exists()


def test_a_viewer_looks_and_is_refused_what_changes(tenant, sign_in, root):
    cohort, viewer = make(tenant), sign_in(tenant, "viewer")
    assert "New cohort" not in viewer.get(root).content.decode()
    assert viewer.get(f"{root}{cohort.id}").status_code == 200
    for path, sent in [("save", {"d": json.dumps(SEARCHED), "name": "x"}), (f"{cohort.id}/change", {"do": "trash"}),
                       ("of-people", {"q": "{}", "name": "x"})]:  # fmt: skip
        assert viewer.post(f"{root}{path}", sent).status_code == 403


def test_what_is_nested_deeper_than_the_form_is_shown_and_left_alone(tenant, ada, root):
    deep = {
        "type": "not",
        "condition": {"type": "all", "conditions": [SEARCHED, {"type": "not", "condition": SEARCHED}]},
    }
    cohort = make(tenant, definition=deep)
    page = ada.get(f"{root}{cohort.id}").content.decode()
    assert "nested deeper" in page and 'id="builder"' not in page and "count?id=" in page


def test_a_wrong_definition_in_the_address_is_told_and_left_out(ada, root):
    for text in ("{", '{"type": "x"}', "[" * 5000):
        page = ada.get(f"{root}new?d={quote(text)}")
        assert page.status_code == 200 and "left out" in page.content.decode()
    assert ada.get(f"{root}count?d=%7B").status_code == 400
    assert "Who are they?" in ada.get(f"{root}count").content.decode()


def test_the_insights_builder_offers_cohorts_and_draws_their_names(tenant, ada):
    cohort = make(tenant, "Power users")
    insights = f"/t/{tenant.slug}/insights/"
    question = {"kind": "trends", "series": [{"event": "*"}], "cohort": str(cohort.id),
                "breakdown": [{"property": f"cohort:{cohort.id}"}],
                "filters": [{"property": f"cohort:{cohort.id}", "op": "is_not", "value": "true"}]}  # fmt: skip
    page = ada.get(f"{insights}new?q={quote(json.dumps(question))}").content.decode()
    assert f'<option value="{cohort.id}" selected>Power users' in page
    assert page.count('.property" value="Cohort: Power users"') == 2
    assert '<option value="false" selected>not in it' in page
    sent = {"kind": "trends", "series.0.event": "Any event", "breakdown.0.property": "Cohort: Power users",
            "filters.0.property": "Cohort: Power users", "filters.0.op": "is", "filters.0.value": "false"}  # fmt: skip
    pushed = ada.post(f"{insights}edit", sent)["HX-Push-Url"]
    assert pushed.count(quote(f"cohort:{cohort.id}", safe="")) == 2


@pytest.mark.django_db(transaction=True)
def test_the_size_is_live_its_members_are_links_and_people_behind_a_number_are_saved(sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    tenant = make_tenant("Acme")
    send(tenant, *[make_event("search", user_id="ann") for _ in range(2)], make_event("search", user_id="bob"))
    ada, root = sign_in(tenant, "analyst"), f"/t/{tenant.slug}/"
    page = ada.get(f"{root}cohorts/count?d={quote(json.dumps(SEARCHED))}").content.decode()
    assert "1 person" in page and "50.0% of all 2" in page and "people/profile?id=ann" in page
    cohort = make(tenant)
    assert ada.get(f"{root}cohorts/count?id={cohort.id}&size=1").content.decode().strip() == "1"
    of = {
        "kind": "trends",
        "series": [{"event": "search", "measure": "uniques"}],
        "breakdown": [{"property": f"cohort:{cohort.id}"}],
    }
    result = ada.get(f"{root}insights/result?q={quote(json.dumps(of))}").content.decode()
    assert "In Searchers" in result and "Not in Searchers" in result
    q = json.dumps({"kind": "actors", "of": of, "at": {"breakdown": ["false"]}})
    panel = ada.get(f"{root}people-behind?q={quote(q)}").content.decode()
    assert "Save as cohort" in panel and "bob" in panel and "ann" not in panel
    saved = ada.post(
        f"{root}cohorts/of-people", {"q": q, "name": "Once"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Once" in saved and "1 person" in saved
    ada.post(f"{root}cohorts/{cohort.id}/change", {"do": "freeze"})
    listed = ada.get(f"{root}cohorts/?kind=static").content.decode()
    assert "Once" in listed and "Searchers (fixed list)" in listed
