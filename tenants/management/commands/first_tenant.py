"""What an installation begins with: one tenant, its keys, and an account that may do everything."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import connection

from tenants.models import ApiKey, KeyKind, Membership, Role, Scope, Tenant
from tenants.scope import operator_scope

ONE_AT_A_TIME = 4_021_958_113  # any number, for the advisory lock


class Command(BaseCommand):
    help = "Make the first tenant, its keys and the admin account, if they are not there; say them as JSON."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        with operator_scope():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            facts = {**the_tenant(), **the_admin()}
        self.stdout.write(json.dumps(facts))


def the_tenant() -> dict[str, str]:
    """tenant_id, slug, write_key; and secret_key when it was made just now."""
    tenant = Tenant.objects.order_by("created_at").first()
    if tenant is None:
        tenant = Tenant.objects.create_named("Default")
        write = ApiKey.objects.create_write(tenant)
        _, secret = ApiKey.objects.create_secret(tenant, scopes=tuple(Scope.values))
        return {**names(tenant), "write_key": write.token, "secret_key": secret}
    keys = ApiKey.objects.filter(tenant=tenant, kind=KeyKind.WRITE, revoked_at=None).order_by("created_at")
    return {**names(tenant), "write_key": keys.values_list("token", flat=True).first() or ""}


def names(tenant: Tenant) -> dict[str, str]:
    return {"tenant_id": str(tenant.id), "slug": tenant.slug}


def the_admin() -> dict[str, str]:
    """admin_user; and admin_password when the account was made just now."""
    users = get_user_model().objects
    superuser = users.filter(is_superuser=True).order_by("date_joined").first()
    if superuser is not None:
        return {"admin_user": superuser.get_username()}
    password = secrets.token_urlsafe(15)
    superuser = users.create_superuser("admin", email="", password=password)
    for tenant in Tenant.objects.all():
        Membership.objects.get_or_create(tenant=tenant, user=superuser, defaults={"role": Role.OWNER})
    return {"admin_user": "admin", "admin_password": password}
