"""`python -m events.bench.prepare`: schema, tenant, keys and a superuser's session in the data folder's database.

Prints one line of JSON. A process of its own, because settings are read once, at the start.
"""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obc_analytics.settings")
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth import login as log_in  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from tenants.models import ApiKey, Tenant  # noqa: E402
from tenants.scope import operator_scope  # noqa: E402


def main() -> dict[str, str]:
    call_command("migrate", interactive=False, verbosity=0)
    with operator_scope():
        tenant = Tenant.objects.create_named("Bench")
        write = ApiKey.objects.create_write(tenant)
        _, secret = ApiKey.objects.create_secret(tenant)
        session = session_of_superuser()
    return {"tenant_id": str(tenant.id), "write_key": write.token, "secret_key": secret, "session": session}


def session_of_superuser() -> str:
    """The key of a session that is signed in; the superuser has no password."""
    user = get_user_model().objects.create_superuser("bench", "bench@localhost", None)
    request = HttpRequest()
    request.session = SessionStore()
    log_in(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return str(request.session.session_key)


if __name__ == "__main__":
    print(json.dumps(main()))
