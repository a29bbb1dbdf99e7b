"""The command palette's only door: a text in, places to go out."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from dashboards.models import Asker
from dashboards.palette import hits
from dashboards.shell import Shell
from dashboards.views.page import tenant_page


@tenant_page("palette")
def find(request: HttpRequest, shell: Shell) -> JsonResponse:
    asker = Asker(request.user.pk, shell.role)
    return JsonResponse({"hits": hits(shell, asker, request.GET.get("q", ""))})
