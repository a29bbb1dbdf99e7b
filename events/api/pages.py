"""The API's description, and a page that shows it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularJSONAPIView


class Schema(SpectacularJSONAPIView):
    """OpenAPI 3.1, for anyone."""

    authentication_classes: list = []
    permission_classes: list = []


schema = Schema.as_view()


def docs_page(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
