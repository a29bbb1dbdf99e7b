"""The demo tenant's own board: what one would ask of the demo's product (events/demo), answered at a glance."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dashboards.boards.starter import Plan, ensure_starter, fill, note, number, trend
from dashboards.models import Annotation, Board, Sharing
from events.demo import pages
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

NAME = "Product at a glance"
MONTH = {"range": "30d"}
SIGN_UP = ({"event": "page_view", "filters": [{"property": "$path", "op": "is", "value": "/"}]},
           {"event": "signup_started"}, {"event": "signup_completed"}, {"event": "project_created"},
           {"event": "first_search"})  # fmt: skip
FEATURES = ("literature_search", "paper_saved", "notebook_run", "dataset_opened")

PLANS = (
    number("Active people", "uniques"),
    number("Sign-ups", "total", "signup_completed"),
    number("People who search", "uniques", "literature_search"),
    number("Projects created", "total", "project_created"),
    Plan(7, 4, "From landing to first search", {"kind": "funnel", "steps": SIGN_UP}, MONTH),
    Plan(5, 4, "Who comes back after signing up", {
        "kind": "retention", "start": {"event": "signup_completed"}, "return": {"event": "*"}, "unit": "week",
        "periods": 6,
    }, {"range": "90d"}),
    note("Use", "What people do once they are in.", height=1),
    Plan(6, 4, "People by feature", {
        "kind": "trends", "interval": "day",
        "series": [{"event": name, "measure": "uniques", "label": name.replace("_", " ")} for name in FEATURES],
    }, MONTH),
    Plan(6, 4, "Sign-ups by plan", trend("total", "signup_completed", breakdown=[{"property": "plan"}]),
         {"chart": "bar", **MONTH}),
    Plan(12, 5, "What follows a login", {"kind": "flows", "anchor": {"event": "login"}, "depth": 3, "top": 4}, MONTH),
    Plan(6, 4, "Errors people saw", trend("total", "error"), {"chart": "bar", **MONTH}),
    Plan(6, 4, "Days with us in a month", {"kind": "stickiness", "interval": "day"}, MONTH),
)  # fmt: skip


def on_demo_loaded(sender: Any, tenant: TenantConfig, first: date, **kwargs: Any) -> None:
    """Make the board, and a note for each release, unless it is, or was, there."""
    with tenant_scope(tenant.id):
        ensure_starter(tenant.id)
        if Board.objects.of(tenant.id).filter(name=NAME).exists():
            return
        board = Board.objects.create(
            tenant_id=tenant.id, name=NAME, sharing=Sharing.SHARED, description="Made with the demo's traffic."
        )
        fill(board, PLANS)
        for day, name in pages.RELEASES[1:]:
            Annotation.objects.create(tenant_id=tenant.id, day=first + timedelta(days=day), text=f"Release {name}")
