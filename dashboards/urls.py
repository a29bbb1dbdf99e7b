"""The pages' addresses; `obc_analytics/urls.py` puts them at the root."""

from django.urls import path

from dashboards.views import account, connections, delivery, install, keys, live, overview

urlpatterns = [
    path("", account.home),
    path("login", account.login, name="login"),
    path("logout", account.logout, name="logout"),
    path("me/", account.me, name="me"),
    path("me/theme", account.theme, name="theme"),
    path("t/", account.tenants, name="tenants"),
    path("t/<slug:slug>/", overview.root),
    path("t/<slug:slug>/overview/", overview.page, name="overview"),
    path("t/<slug:slug>/overview/panels", overview.panels),
    path("t/<slug:slug>/live/", live.page, name="live"),
    path("t/<slug:slug>/data/delivery/", delivery.page, name="delivery"),
    path("t/<slug:slug>/data/connections/", connections.page, name="connections"),
    path("t/<slug:slug>/install/", install.page, name="install"),
    path("t/<slug:slug>/install/status", install.status),
    path("t/<slug:slug>/settings/keys/", keys.page, name="keys"),
]
