"""Two tenants, their keys, and a client that asks with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from events.ingest import quota
from tenants import auth
from tenants.models import Tenant
from tests.factories import make_secret_key, make_tenant, make_write_key

API = "/api/v1/analytics"
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    auth.forget_keys()
    quota.forget()
    cache.clear()


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def other(transactional_db: None) -> Tenant:
    return make_tenant("Other")


@pytest.fixture
def write_key(tenant: Tenant) -> str:
    return make_write_key(tenant).token


@pytest.fixture
def ask(tenant: Tenant, client: Client) -> Ask:
    """`ask("stats", since="…")`: GET with the tenant's secret key; the answer as a response with `.json()`."""
    secret = make_secret_key(tenant)

    def get(path: str, query: dict[str, Any] | None = None, **more: Any) -> Any:
        address = path if path.startswith(("http", "/")) else f"{API}/{path}"
        return client.get(address, {**(query or {}), **more}, headers={"authorization": f"Bearer {secret}"})

    return get
