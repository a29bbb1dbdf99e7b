"""People with roles, signed in."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tenants.models import Membership, Tenant
from tenants.scope import operator_scope
from tests.factories import make_tenant

PASSWORD = "a long pass phrase"
_numbers = itertools.count(1)
SignIn = Callable[..., Client]


@pytest.fixture
def tenant(db) -> Tenant:
    return make_tenant("Acme Research")


@pytest.fixture
def make_person(db):
    """`make_person((tenant, "viewer"), …)`: a user who is a member there."""

    def make(*memberships: tuple[Tenant, str], **fields):
        user = get_user_model().objects.create_user(f"person-{next(_numbers)}", password=PASSWORD, **fields)
        with operator_scope():
            for tenant, role in memberships:
                Membership.objects.create(tenant=tenant, user=user, role=role)
        return user

    return make


@pytest.fixture
def sign_in(make_person) -> SignIn:
    """`sign_in(tenant, "viewer")`: a client of a new member."""

    def make(tenant: Tenant | None = None, role: str = "owner") -> Client:
        client = Client()
        client.force_login(make_person((tenant, role)) if tenant else make_person())
        return client

    return make
