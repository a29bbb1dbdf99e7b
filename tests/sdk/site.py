"""The customer's site: pages that carry the SDK, on localhost and on a plain-http host that is not."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


class Site:
    """`pages` (path → HTML) are answered first, then files of `folder`, then `standard` for every path."""

    def __init__(self, standard: str = "", folder: Path | None = None) -> None:
        self.standard = standard
        self.folder = folder
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        site = self

        class Handler(_Handler):
            pass

        Handler.site = site
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, host: str = "localhost", path: str = "/") -> str:
        return f"http://{host}:{self._server.server_port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def find(self, path: str) -> tuple[bytes, str]:
        if path in self.pages:
            return self.pages[path].encode(), "text/html"
        if self.folder and (file := self.folder / path.lstrip("/")).is_file():
            return file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream")
        return self.standard.encode(), "text/html"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        body, kind = self.site.find(self.path.partition("?")[0])
        self.send_response(200)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.site.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def page(script: str, body: str = "", head: str = "") -> str:
    """A page with the SDK's script tag, to which `script` is the source, with attributes."""
    return f"<!doctype html><html lang=en><title>A page</title>{head}<script async {script}></script><body>{body}</body></html>"  # noqa: E501
