"""What the command palette finds, for whom."""

from __future__ import annotations

import pytest

from dashboards.models import SavedInsight
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)


def found(client, tenant, text=""):
    return client.get(f"/t/{tenant.slug}/find", {"q": text}).json()["hits"]


def labels(client, tenant, text=""):
    return [hit["label"] for hit in found(client, tenant, text)]


def test_without_a_word_it_lists_the_pages_that_the_role_may_open(tenant, sign_in):
    assert {"Overview", "Quality: Errors", "Settings: Members"} <= set(labels(sign_in(tenant), tenant))
    assert "Settings: Members" not in labels(sign_in(tenant, "viewer"), tenant)


def test_every_word_must_stand_in_the_name(tenant, sign_in):
    assert labels(sign_in(tenant), tenant, "set MEM") == ["Settings: Members"]
    assert labels(sign_in(tenant), tenant, "no such thing") == []


def test_a_question_of_any_kind_is_begun_from_it(tenant, sign_in):
    client = sign_in(tenant, "viewer")
    (hit,) = found(client, tenant, "funn")
    assert hit["label"] == "New insight: Funnel"
    assert b'aria-pressed="true">Funnel' in client.get(hit["href"]).content


def test_it_finds_shared_insights_and_no_private_ones_of_others(tenant, sign_in, make_person):
    with tenant_scope(tenant.id):
        for name, sharing in (("Weekly signups", "shared"), ("Private signups", "private")):
            SavedInsight.objects.create(
                tenant=tenant, owner=make_person((tenant, "analyst")), name=name, sharing=sharing, question={}
            )
    (hit,) = found(sign_in(tenant, "viewer"), tenant, "signups")
    assert (hit["kind"], hit["label"]) == ("Insight", "Weekly signups")


def test_it_finds_a_person_and_an_event_by_their_exact_id(tenant, sign_in):
    send(tenant, {**make_event(user_id="ada & co"), "event_id": "e/1"})
    client = sign_in(tenant, "viewer")
    (person,) = found(client, tenant, "ada & co")
    assert client.get(person["href"]).status_code == 200
    (event,) = found(client, tenant, "e/1")
    assert client.get(event["href"]).status_code == 200


def test_another_tenants_people_are_not_found_and_its_name_only_by_its_members(tenant, sign_in):
    other = make_tenant("Elsewhere")
    send(other, make_event(user_id="bob"))
    client = sign_in(tenant)
    assert found(client, tenant, "bob") == found(client, tenant, "elsewhere") == []


@pytest.mark.parametrize("text", [*CORPUS, "\x00", "%", "' OR 1=1"])
def test_a_hostile_text_finds_nothing_and_breaks_nothing(tenant, sign_in, text):
    assert found(sign_in(tenant), tenant, text) == ([] if text.strip("\x00") else found(sign_in(tenant), tenant))
