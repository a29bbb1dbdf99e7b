"""`/sdk/openbiocure-analytics-<version>.tgz`: the npm tarballs of the browser SDK.

A version's file never changes (`npm ci` compares checksums), so it may be cached for ever; the bare name
is the newest version, and is looked up each time. static/sdk/build/pack.mjs makes them.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

RELEASES = Path(settings.BASE_DIR) / "static" / "sdk" / "releases"
NAME = re.compile(r"openbiocure-analytics-(\d+)\.(\d+)\.(\d+)\.tgz")
FOR_EVER = "public, max-age=31536000, immutable"


def newest() -> Path | None:
    """The tarball with the highest version."""
    matches = [match for path in RELEASES.glob("*.tgz") if (match := NAME.fullmatch(path.name))]
    return RELEASES / max(matches, key=version_of)[0] if matches else None


def version_of(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, match.groups()))


@require_safe
def tarball(request: HttpRequest, version: str | None = None) -> FileResponse:
    """`version` is `1.2.3`; None asks for the newest. 404 for one that was never released."""
    path = RELEASES / f"openbiocure-analytics-{version}.tgz" if version else newest()
    if path is None or not path.is_file():
        raise Http404("No such version of the SDK.")
    response = FileResponse(path.open("rb"), content_type="application/gzip", filename=path.name)
    response["Cache-Control"] = FOR_EVER if version else "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response
