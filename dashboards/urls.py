"""The pages' addresses; `obc_analytics/urls.py` puts them at the root."""

from django.urls import path

from dashboards.views import (
    account,
    connections,
    delivery,
    events,
    install,
    joining,
    keys,
    live,
    members,
    overview,
    quality,
    settings,
)

urlpatterns = [
    path("", account.home),
    path("login", account.login, name="login"),
    path("logout", account.logout, name="logout"),
    path("invite/<str:token>", joining.invite, name="invite"),
    path("reset/<str:token>", joining.reset, name="reset"),
    path("me/", account.me, name="me"),
    path("me/theme", account.theme, name="theme"),
    path("t/", account.tenants, name="tenants"),
    path("t/<slug:slug>/", overview.root),
    path("t/<slug:slug>/overview/", overview.page, name="overview"),
    path("t/<slug:slug>/overview/panels", overview.panels),
    path("t/<slug:slug>/live/", live.page, name="live"),
    path("t/<slug:slug>/events/", events.page, name="events"),
    path("t/<slug:slug>/events/csv", events.download),
    path("t/<slug:slug>/events/detail", events.detail, name="event"),
    path("t/<slug:slug>/quality/errors/", quality.errors, name="errors"),
    path("t/<slug:slug>/quality/errors/<str:group>", quality.error, name="error"),
    path("t/<slug:slug>/quality/vitals/", quality.vitals, name="vitals"),
    path("t/<slug:slug>/quality/forms/", quality.forms, name="forms"),
    path("t/<slug:slug>/data/delivery/", delivery.page, name="delivery"),
    path("t/<slug:slug>/data/connections/", connections.page, name="connections"),
    path("t/<slug:slug>/install/", install.page, name="install"),
    path("t/<slug:slug>/install/status", install.status),
    path("t/<slug:slug>/settings/general/", settings.general, name="general"),
    path("t/<slug:slug>/settings/members/", members.page, name="members"),
    path("t/<slug:slug>/settings/origins/", settings.origins, name="origins"),
    path("t/<slug:slug>/settings/retention/", settings.retention, name="retention"),
    path("t/<slug:slug>/settings/keys/", keys.page, name="keys"),
]
