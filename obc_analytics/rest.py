"""What every REST viewset shares: JSON whatever `Accept` says, 405 before 401, paths with and without a slash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.viewsets import ViewSet

from obc_analytics.errors import MethodNotAllowed


class JsonOnly(BaseContentNegotiation):
    """There is one representation, so no `Accept` header is refused."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0] if parsers else None  # a body is JSON, whatever its type is called

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiViewSet(ViewSet):
    content_negotiation_class = JsonOnly

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        if request.method.lower() not in {*self.action_map, "options"}:
            raise MethodNotAllowed  # the answer's Allow header names those that are
        super().initial(request, *args, **kwargs)


def both(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """The route with and without its trailing slash, neither by a redirect."""
    return [path(route, view, name=name), path(f"{route}/", view)]
