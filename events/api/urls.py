"""`/api/v1/analytics/…`, each path with and without its trailing slash."""

from __future__ import annotations

from django.urls import path

from events.api.cohorts import CohortViewSet
from events.api.names import NamesViewSet
from events.api.pages import docs_page, schema
from events.api.profiles import LinkViewSet, MergeViewSet, ProfileViewSet
from events.api.questions import ExplainViewSet, QueryViewSet
from events.api.views import AnalyticsViewSet
from obc_analytics.rest import both

view = AnalyticsViewSet.as_view
cohorts = CohortViewSet.as_view
COHORT = "cohorts/<uuid:cohort_id>"

urlpatterns = [
    *both("batch", view({"post": "batch"}), "batch"),
    *both("events", view({"get": "list", "post": "events"}), "events"),
    # an event's id is the sender's and may hold slashes; the view takes off one at its end
    path("events/<path:event_id>", view({"get": "retrieve"}), name="event"),
    *both("stats", view({"get": "stats"}), "stats"),
    *both("dashboard", view({"get": "dashboard"}), "dashboard"),
    *both("query", QueryViewSet.as_view({"post": "create"}), "query"),
    *both("explain", ExplainViewSet.as_view({"post": "create"}), "explain"),
    *both("profiles", ProfileViewSet.as_view({"get": "list"}), "profiles"),
    *both("profiles/links", LinkViewSet.as_view({"get": "list"}), "profile-links"),
    *both("profiles/merge", MergeViewSet.as_view({"get": "preview", "post": "merge"}), "profile-merge"),
    *both("profiles/undo", MergeViewSet.as_view({"post": "undo"}), "profile-undo"),
    *both("dictionary", NamesViewSet.as_view({"get": "dictionary", "patch": "tell"}), "dictionary"),
    *both("values", NamesViewSet.as_view({"get": "values"}), "values"),
    *both("cohorts", cohorts({"get": "list", "post": "create"}), "cohorts-api"),
    *both("cohorts/preview", cohorts({"post": "preview"}), "cohort-preview-api"),
    *both(COHORT, cohorts({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}), "cohort-api"),
    *both(f"{COHORT}/size", cohorts({"get": "size"}), "cohort-size-api"),
    *both(f"{COHORT}/members", cohorts({"get": "members"}), "cohort-members-api"),
    *both(f"{COHORT}/copy", cohorts({"post": "copy"}), "cohort-copy-api"),
    *both(f"{COHORT}/trash", cohorts({"post": "trash"}), "cohort-trash-api"),
    *both(f"{COHORT}/restore", cohorts({"post": "restore"}), "cohort-restore-api"),
    *both("ledger", view({"get": "ledger"}), "ledger"),
    *both("connections", view({"get": "connections"}), "connections"),
    *both("schema", schema, "schema"),
    *both("docs", docs_page, "api-docs"),
]
