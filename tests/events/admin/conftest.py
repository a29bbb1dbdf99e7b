"""People who look: a superuser, and staff of one tenant."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tenants import staff
from tenants.models import Membership, Role, Tenant
from tenants.scope import operator_scope
from tests.factories import make_tenant


@pytest.fixture
def acme() -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def other() -> Tenant:
    return make_tenant("Other")


@pytest.fixture
def root() -> Client:
    """A browser in which a superuser is signed in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", "", "a long password"))
    return client


def sign_in_staff(*tenants: Tenant, role: str = Role.VIEWER) -> Client:
    user = User.objects.create_user("staff", "", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name=staff.NAME))
    with operator_scope():
        for tenant in tenants:
            Membership.objects.create(tenant=tenant, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def acme_staff(acme: Tenant) -> Client:
    return sign_in_staff(acme)
