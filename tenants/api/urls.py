"""`/api/v1/tenants…`, each path with and without its trailing slash."""

from __future__ import annotations

from django.urls import path

from obc_analytics.rest import both
from tenants.api.views import KeyViewSet, MemberViewSet, TenantViewSet

tenants = TenantViewSet.as_view({"get": "list", "post": "create"})
tenant = TenantViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
members = MemberViewSet.as_view({"get": "list", "post": "create"})
member = MemberViewSet.as_view({"patch": "partial_update", "delete": "destroy"})
keys = KeyViewSet.as_view({"get": "list", "post": "create"})
key = KeyViewSet.as_view({"delete": "destroy"})

urlpatterns = [
    path("", tenants, name="tenants-api"),
    path("/", tenants),
    *both("/<str:tenant_id>", tenant, "tenant-api"),
    *both("/<str:tenant_id>/members", members, "members-api"),
    *both("/<str:tenant_id>/members/<int:user_id>", member, "member-api"),
    *both("/<str:tenant_id>/keys", keys, "keys-api"),
    *both("/<str:tenant_id>/keys/<uuid:key_id>", key, "key-api"),
]
