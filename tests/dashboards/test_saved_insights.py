"""Saved insights: who sees them, who changes them, and whose change counts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dashboards.models import Asker, SavedInsight, Sharing
from obc_analytics.errors import Conflict, Forbidden, NotFound
from tenants.scope import tenant_scope
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [User.objects.create_user(name) for name in ("ada", "bob")]


@pytest.fixture
def tenant():
    made = make_tenant()
    with tenant_scope(made.id):
        yield made


def save(tenant, owner, name="Signups", **fields):
    return SavedInsight.objects.create(tenant=tenant, owner=owner, name=name, question={"kind": "trends"}, **fields)


def seen_by(asker):
    return sorted(SavedInsight.objects.visible_to(asker).values_list("name", flat=True))


def test_private_ones_are_seen_by_their_owner_and_by_owners_of_the_tenant(tenant, people):
    ada, bob = people
    save(tenant, ada, "mine")
    save(tenant, ada, "ours", sharing=Sharing.SHARED)
    assert seen_by(Asker(ada.pk, "analyst")) == ["mine", "ours"]
    assert seen_by(Asker(bob.pk, "owner")) == ["mine", "ours"]
    assert seen_by(Asker(bob.pk, "analyst")) == ["ours"]
    assert seen_by(Asker(None, "viewer")) == ["ours"]


def test_analysts_change_what_is_theirs_or_shared_and_viewers_nothing(tenant, people):
    ada, bob = people
    private, shared = save(tenant, ada), save(tenant, ada, sharing=Sharing.SHARED)
    mine = SavedInsight.objects
    assert mine.take(private.id, Asker(ada.pk, "analyst")) == private
    assert mine.take(shared.id, Asker(bob.pk, "analyst")) == shared
    with pytest.raises(NotFound):
        mine.take(private.id, Asker(bob.pk, "analyst"))
    with pytest.raises(Forbidden):
        mine.take(shared.id, Asker(bob.pk, "viewer"))


def test_a_change_that_saw_an_older_version_is_refused(tenant, people):
    saved = save(tenant, people[0])
    saved.change(name="Signups a week")
    asker = Asker(people[0].pk, "analyst")
    with pytest.raises(Conflict):
        SavedInsight.objects.take(saved.id, asker, seen=1)
    assert SavedInsight.objects.take(saved.id, asker, seen=2).name == "Signups a week"


def test_a_copy_is_private_and_the_copiers_own(tenant, people):
    copy = save(tenant, people[0], sharing=Sharing.SHARED).duplicate(Asker(people[1].pk, "analyst"))
    assert (copy.owner, copy.sharing, copy.name) == (people[1], "private", "Signups (copy)")


def test_trashed_ones_can_be_brought_back(tenant, people):
    saved = save(tenant, people[0])
    saved.trash()
    assert list(SavedInsight.objects.trashed()) == [saved] and not SavedInsight.objects.kept()
    saved.restore()
    assert list(SavedInsight.objects.kept()) == [saved]


def test_it_is_found_by_words_of_its_name_and_description(tenant, people):
    save(tenant, people[0], "Weekly signups", description="of the beta")
    save(tenant, people[0], "Errors")
    assert [row.name for row in SavedInsight.objects.search("BETA signups")] == ["Weekly signups"]
    assert not SavedInsight.objects.search("50%\x00")
