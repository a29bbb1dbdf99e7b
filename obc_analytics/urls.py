"""All addresses, composed. Pages stand at the root, the API below /api/v1/."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from obc_analytics import handlers, health, sdk

handler400 = handlers.bad_request
handler403 = handlers.forbidden
handler404 = handlers.not_found
handler500 = handlers.server_error

urlpatterns = [
    re_path("^healthz/?$", health.healthz),
    re_path("^readyz/?$", health.readyz),
    re_path("^metrics/?$", health.metrics),
    path("admin/", admin.site.urls),
    path("api/v1/analytics/", include("events.api.urls")),
    path("api/v1/analytics/", include("dashboards.api.urls")),
    path("api/v1/tenants", include("tenants.api.urls")),
    re_path(r"^api/", handlers.nowhere),
    re_path(r"^sdk/openbiocure-analytics(?:-(?P<version>\d+\.\d+\.\d+))?\.tgz$", sdk.tarball),
    path("", include("dashboards.urls")),
]
