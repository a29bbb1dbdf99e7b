"""Static files under addresses that hold a digest of their content: loaded once, cached for ever.

`static("js/chart.js")` is `/static/v-3f9a…/js/chart.js`. The digest is that of the whole folder (js, css, a vendored
package), so modules that import one another by relative paths stay together, and nothing has to be rewritten or
collected. The plain names stay as well: `/static/sdk/…` is written into other people's pages.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

MARK = "v-"
FOR_EVER = "max-age=31536000, public, immutable"
TEXTS = (".js", ".css", ".svg", ".mjs")


class VersionedStorage(StaticFilesStorage):
    def url(self, name: str | None) -> str:
        if not name or settings.DEBUG or (digest := digest_of(folder_of(name))) is None:
            return super().url(name)
        return super().url(f"{MARK}{digest}/{name}")


class VersionedStatics(WhiteNoiseMiddleware):
    """Whitenoise, which knows the files, and the addresses with a digest."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        prefix = f"{self.static_prefix}{MARK}"
        if not request.path_info.startswith(prefix):
            return super().__call__(request)
        digest, _, name = request.path_info.removeprefix(prefix).partition("/")
        plain = (
            self.find_file(self.static_prefix + name) if self.autorefresh else self.files.get(self.static_prefix + name)
        )
        if plain is None:
            return self.get_response(request)
        response = _smaller(request, name) or self.serve(plain, request)
        if digest == digest_of(folder_of(name)):  # another digest is an old page's: it gets what there is, for a minute
            response["Cache-Control"] = FOR_EVER
        return response


def folder_of(name: str) -> str:
    """What changes together: the top folder, and each vendored package by itself."""
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "vendor" else parts[0]


@cache
def digest_of(folder: str) -> str | None:
    """Of the names and contents of a folder's files; None where there are none. Computed once a process."""
    found: dict[str, Path] = {}
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            prefix: Any = getattr(storage, "prefix", None)
            name = f"{prefix}/{path}" if prefix else path
            if folder_of(name) == folder:
                found.setdefault(name, Path(storage.path(path)))
    if not found:
        return None
    digest = hashlib.sha256()
    for name, path in sorted(found.items()):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _smaller(request: HttpRequest, name: str) -> HttpResponse | None:
    """The file compressed, for a whole GET of a text by who takes gzip."""
    takes = "gzip" in request.headers.get("Accept-Encoding", "") and "Range" not in request.headers
    if request.method != "GET" or not takes or not name.endswith(TEXTS) or settings.DEBUG:
        return None
    path = finders.find(name)
    if not isinstance(path, str):
        return None
    kind = {"css": "text/css", "svg": "image/svg+xml"}.get(name.rpartition(".")[2], "text/javascript")
    response = HttpResponse(_compressed(path), content_type=f"{kind}; charset=utf-8")
    response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Access-Control-Allow-Origin"] = "*"  # as whitenoise answers for every file
    response["Cache-Control"] = "max-age=60, public"
    return response


@cache
def _compressed(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
