"""Invitations and password links: single-use, expiring, hashed, and of no use to a stranger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils.timezone import now

from obc_analytics.errors import BadRequest, Forbidden, NotFound
from tenants import links
from tenants.models import Invitation, Membership, PasswordReset
from tenants.scope import operator_scope
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db


def person(name, *memberships, **fields):
    user = get_user_model().objects.create_user(name, password="an old pass phrase", **fields)
    with operator_scope():
        for tenant, role in memberships:
            Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


@pytest.fixture
def tenant():
    return make_tenant("Acme")


@pytest.fixture
def owner(tenant):
    return person("owner", (tenant, "owner"))


def role_of(tenant, user):
    with operator_scope():
        return Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()


def test_an_invitation_makes_a_member_of_its_role_once(tenant, owner):
    _, token = links.invite(tenant.id, owner, "analyst")
    guest, second = person("guest"), person("second")
    links.accept(token, guest)
    assert role_of(tenant, guest) == "analyst"
    with pytest.raises(links.LinkGone):
        links.accept(token, second)
    assert role_of(tenant, second) is None


def test_only_the_hash_of_a_link_is_kept(tenant, owner):
    made, token = links.invite(tenant.id, owner, "viewer")
    link, reset = links.make_reset(tenant.id, owner.pk, owner)
    with operator_scope():
        kept = repr(list(Invitation.objects.values()) + list(PasswordReset.objects.values()))
    assert token not in kept and reset not in kept
    assert made.digest in kept and link.digest in kept


def test_an_invitation_ends_by_its_time_by_withdrawal_and_with_its_makers_ownership(tenant, owner):
    guest = person("guest")
    (late, late_token), (drawn, drawn_token) = (links.invite(tenant.id, owner, "viewer") for _ in "ab")
    with operator_scope():
        Invitation.objects.filter(id=late.id).update(expires_at=now() - timedelta(seconds=1))
    links.withdraw(tenant.id, drawn.id)
    _, orphan = links.invite(tenant.id, owner, "owner")
    with operator_scope():
        Membership.objects.filter(user=owner).update(role="viewer")
    for token in (late_token, drawn_token, orphan, "nonsense", ""):
        with pytest.raises(links.LinkGone):
            links.accept(token, guest)
    assert role_of(tenant, guest) is None


def test_who_is_a_member_keeps_role_and_link(tenant, owner):
    _, token = links.invite(tenant.id, owner, "viewer")
    with pytest.raises(BadRequest, match="already, as owner"):
        links.accept(token, owner)
    assert links.invitation(token).used_at is None


def test_an_invitation_of_another_tenant_can_not_be_withdrawn(tenant, owner):
    other = make_tenant("Other")
    theirs, token = links.invite(other.id, person("them", (other, "owner")), "viewer")
    with pytest.raises(NotFound):
        links.withdraw(tenant.id, theirs.id)
    assert links.invitation(token)


def test_a_reset_link_sets_the_password_once(tenant, owner):
    member = person("member", (tenant, "viewer"))
    _, token = links.make_reset(tenant.id, member.pk, owner)
    links.set_password(token, "quite another phrase")
    member.refresh_from_db()
    assert member.check_password("quite another phrase")
    with pytest.raises(links.LinkGone):
        links.set_password(token, "a third pass phrase")


def test_a_weak_password_is_refused_and_the_link_stays_good(tenant, owner):
    _, token = links.make_reset(tenant.id, owner.pk, owner)
    with pytest.raises(BadRequest, match="too short"):
        links.set_password(token, "short")
    assert links.reset(token)


def test_a_reset_link_is_dead_once_the_password_changed_otherwise_or_a_newer_link_was_made(tenant, owner):
    member = person("member", (tenant, "viewer"))
    _, first = links.make_reset(tenant.id, member.pk, owner)
    _, second = links.make_reset(tenant.id, member.pk, owner)
    with pytest.raises(links.LinkGone):
        links.reset(first)
    member.set_password("changed by themselves")
    member.save()
    with pytest.raises(links.LinkGone):
        links.reset(second)


def test_an_owner_can_not_reset_who_belongs_elsewhere_or_operates_the_installation(tenant, owner):
    other = make_tenant("Other")
    shared = person("shared", (tenant, "viewer"), (other, "owner"))
    staff = person("staff", (tenant, "viewer"), is_staff=True)
    for user in (shared, staff):
        with pytest.raises(Forbidden):
            links.make_reset(tenant.id, user.pk, owner)
    with pytest.raises(NotFound):
        links.make_reset(tenant.id, person("stranger", (other, "viewer")).pk, owner)
    assert links.make_reset(tenant.id, shared.pk, person("root", is_superuser=True))


def test_a_reset_link_dies_when_its_person_joins_another_tenant(tenant, owner):
    member = person("member", (tenant, "viewer"))
    _, token = links.make_reset(tenant.id, member.pk, owner)
    with operator_scope():
        Membership.objects.create(tenant=make_tenant("Other"), user=member, role="viewer")
    with pytest.raises(Forbidden):
        links.set_password(token, "quite another phrase")


def test_links_that_ran_out_a_month_ago_are_deleted(tenant, owner):
    old, _ = links.invite(tenant.id, owner, "viewer")
    links.invite(tenant.id, owner, "viewer")
    with operator_scope():
        Invitation.objects.filter(id=old.id).update(expires_at=now() - timedelta(days=31))
    assert links.expire() == 1
