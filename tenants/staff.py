"""The group "Tenant staff": what a person needs, beside `is_staff` and a membership, to look at their
tenant's rows in the admin. Which tenant they see is decided by tenants/middleware.py and the database.

Not in the group, and not to be given to staff of one tenant: permissions of django.contrib.auth (people are
not a tenant's rows) and of procrastinate (jobs are the installation's). To let them replay quarantined
events, add `events.change_quarantinedevent`.
"""

from __future__ import annotations

from typing import Any

NAME = "Tenant staff"
VIEWS = {
    "dashboards": ("annotation", "board", "savedinsight", "sharelink"),
    "events": ("event", "cohort", "ingestoutcome", "quarantinedevent", "clientreport"),
    "tenants": ("tenant", "membership", "apikey"),
}


def make_group(**kwargs: Any) -> None:
    """Make the group once; what an operator changes in it later stays. After migrations, when permissions exist."""
    from django.contrib.auth.models import Group, Permission

    group, made = Group.objects.get_or_create(name=NAME)
    if not made:
        return
    for app, models in VIEWS.items():
        codenames = [f"view_{model}" for model in models]
        group.permissions.add(*Permission.objects.filter(content_type__app_label=app, codename__in=codenames))
