"""`manage.py tenant create NAME` and `tenant list`."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.models import ApiKey, Scope, Tenant
from tenants.scope import operator_scope


class Command(BaseCommand):
    help = "Makes a further tenant with its keys, or lists the tenants."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data-dir", help="data folder of the server (default: OBC_DATA_DIR, else .data)")
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a tenant, a write key and a secret key")
        create.add_argument("name")
        create.add_argument("--timezone", default="UTC", help="IANA name (default: UTC)")
        listing = actions.add_parser("list", help="all tenants")
        for action in (create, listing):
            action.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "create":
            self._create(options["name"], options["timezone"], options["json"])
        else:
            self._list(options["json"])

    def _create(self, name: str, timezone: str, as_json: bool) -> None:
        with operator_scope():
            tenant = Tenant(name=name, timezone=timezone, slug="unused")
            try:
                tenant.clean_fields()
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from None
            tenant = Tenant.objects.create_named(name, timezone=timezone)
            write_key = ApiKey.objects.create_write(tenant).token
            secret_key = ApiKey.objects.create_secret(tenant, scopes=tuple(Scope.values))[1]  # as `up` makes the first
        made = {"tenant_id": str(tenant.id), "slug": tenant.slug, "write_key": write_key, "secret_key": secret_key}
        if as_json:
            self.stdout.write(json.dumps(made))
            return
        for label, value in made.items():
            self.stdout.write(f"{label:<11} {value}")
        self.stdout.write("The secret key is not shown again.")

    def _list(self, as_json: bool) -> None:
        with operator_scope():
            tenants = [
                {"tenant_id": str(tenant.id), "slug": tenant.slug, "name": tenant.name}
                for tenant in Tenant.objects.order_by("name", "slug")
            ]
        if as_json:
            self.stdout.write(json.dumps(tenants))
            return
        for tenant in tenants:
            self.stdout.write(f"{tenant['tenant_id']}  {tenant['slug']:<30}  {tenant['name']}")
