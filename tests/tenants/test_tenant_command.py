"""`manage.py tenant`."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tenants.auth import find_key
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments):
    out = io.StringIO()
    call_command("tenant", *arguments, stdout=out)
    return out.getvalue()


def test_it_makes_a_tenant_with_keys_that_work():
    made = json.loads(run("create", "Acme & Söhne", "--json"))
    assert set(made) == {"tenant_id", "slug", "write_key", "secret_key"}
    assert made["slug"] == "acme-sohne"
    for kind in ("write", "secret"):
        holder = find_key(made[f"{kind}_key"])
        assert (holder.kind, str(holder.tenant.id)) == (kind, made["tenant_id"])
    assert holder.scopes == {"read", "manage"}  # as that of the first tenant


def test_its_json_is_one_line():
    assert run("create", "Acme", "--json").count("\n") == 1


def test_the_same_name_again_is_another_tenant():
    slugs = {json.loads(run("create", "Acme", "--json"))["slug"] for _ in range(2)}
    assert slugs == {"acme", "acme-2"}


@pytest.mark.parametrize("arguments", [("x" * 201,), ("Acme", "--timezone", "Mars"), ("",)])
def test_a_bad_name_or_time_zone_is_refused_and_nothing_made(arguments):
    with pytest.raises(CommandError):
        run("create", *arguments)
    assert json.loads(run("list", "--json")) == []


def test_it_lists_the_tenants_without_their_keys():
    tenant = make_tenant("Acme")
    assert json.loads(run("list", "--json")) == [{"tenant_id": str(tenant.id), "slug": "acme", "name": "Acme"}]
    assert "acme" in run("list")
