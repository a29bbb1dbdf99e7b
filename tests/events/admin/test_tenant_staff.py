"""Staff of one tenant see that tenant in the admin, and nothing that says another exists."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from events.models import ClientReport, Event, IngestOutcome, QuarantinedEvent
from tenants.models import ApiKey, Membership
from tenants.scope import operator_scope
from tests.events.admin.conftest import sign_in_staff
from tests.factories import make_event, make_secret_key, make_write_key, send

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = [Event, IngestOutcome, QuarantinedEvent, ClientReport, ApiKey, Membership]


def path_of(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


@pytest.fixture
def rows(acme, other):
    """One row of each kind in each tenant."""
    for tenant in (acme, other):
        marked = f"{tenant.slug}-marker"
        client = {"document_id": marked, "tracked": 1}
        send(tenant, make_event(marked), {"event_id": marked, "properties": {"x": marked}}, client=client)
        make_write_key(tenant)
        make_secret_key(tenant, name=marked)
    with operator_scope():
        Membership.objects.create(tenant=other, user=User.objects.create_user("other-marker"), role="owner")


def of(tenant, model):
    with operator_scope():
        return model.objects.filter(tenant=tenant).last()


@pytest.mark.parametrize("model", MODELS)
def test_lists_show_their_own_rows_only(acme_staff, rows, acme, model):
    response = acme_staff.get(path_of(model))
    assert {row.tenant_id for row in response.context["cl"].result_list} == {acme.id}
    assert "other-marker" not in response.content.decode() and "Other" not in response.content.decode()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("view", ["change", "history"])
def test_another_tenants_row_is_as_if_it_were_not_there(acme_staff, rows, other, model, view):
    foreign = acme_staff.get(f"{path_of(model)}{of(other, model).pk}/{view}/", follow=True).content.decode()
    assert "other-marker" not in foreign and "doesn’t exist" in foreign


def test_their_own_row_opens(acme_staff, rows, acme):
    for model in MODELS:
        assert acme_staff.get(f"{path_of(model)}{of(acme, model).pk}/change/").status_code == 200


def test_the_other_tenant_can_not_be_opened_or_named(acme_staff, rows, other):
    assert acme_staff.get(f"/admin/tenants/tenant/{other.id}/change/").status_code == 302
    body = acme_staff.get(f"/admin/events/event/?tenant={other.slug}").content.decode()
    assert "other-marker" not in body


def test_searching_finds_nothing_of_another_tenant(acme_staff, rows, other):
    for term in ("other-marker", str(of(other, Event).id)):
        response = acme_staff.get("/admin/events/event/", {"q": term})
        assert list(response.context["cl"].result_list) == []


def test_autocompletion_offers_nothing_of_another_tenant(acme_staff, rows, other):
    user = User.objects.get(username="staff")
    user.user_permissions.add(*Permission.objects.filter(codename__in=["add_membership", "change_membership"]))
    asked = {"app_label": "tenants", "model_name": "membership", "field_name": "tenant", "term": ""}
    response = acme_staff.get("/admin/autocomplete/", asked)
    assert [found["text"] for found in response.json()["results"]] == ["Acme"]


def test_they_are_not_told_how_large_the_table_is(acme_staff, rows):
    assert "in all" not in acme_staff.get("/admin/events/event/").content.decode()


@pytest.mark.parametrize("model", [*MODELS, "tenant"])
def test_they_only_look_whatever_permissions_they_hold(acme_staff, rows, acme, model):
    User.objects.get(username="staff").user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["events", "tenants"])
    )
    path, pk = ("/admin/tenants/tenant/", acme.pk) if model == "tenant" else (path_of(model), of(acme, model).pk)
    for url in (f"{path}add/", f"{path}{pk}/delete/"):
        assert acme_staff.post(url, {"post": "yes"}).status_code == 403
    assert acme_staff.post(f"{path}{pk}/change/", {"name": "x"}).status_code == 403


def test_without_a_membership_they_see_no_row(acme, rows):
    nobody = sign_in_staff()
    for model in MODELS:
        body = nobody.get(path_of(model)).content.decode()
        assert "marker" not in body and "Acme" not in body


def test_a_member_of_two_chooses_one(acme, other, rows):
    both = sign_in_staff(acme, other)
    assert "other-marker" in both.get("/admin/events/event/?tenant=other").content.decode()
    body = both.get("/admin/events/event/").content.decode()  # the choice is remembered
    assert "other-marker" in body and "acme-marker" not in body


def test_without_permissions_there_is_nothing_to_see(acme):
    client = sign_in_staff(acme)
    User.objects.get(username="staff").groups.clear()
    assert client.get("/admin/events/event/").status_code == 403
    assert client.get("/admin/procrastinate/procrastinatejob/").status_code == 403
