"""`/api/v1/analytics/…` of the dashboards, each path with and without its trailing slash."""

from __future__ import annotations

from dashboards.api.views import InsightViewSet
from obc_analytics.rest import both

view = InsightViewSet.as_view
ONE = "insights/<uuid:insight_id>"

urlpatterns = [
    *both("insights", view({"get": "list", "post": "create"}), "insights-api"),
    *both(ONE, view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}), "insight-api"),
    *both(f"{ONE}/duplicate", view({"post": "duplicate"}), "insight-duplicate-api"),
    *both(f"{ONE}/trash", view({"post": "trash"}), "insight-trash-api"),
    *both(f"{ONE}/restore", view({"post": "restore"}), "insight-restore-api"),
]
