"""A Chromium by Playwright, for what only a browser can tell. Both are tools of development; neither need be there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


class NoChromium(Exception):
    """Playwright is not installed: see .requirements-dev.lock."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Raises NoChromium. While it is open, its event loop forbids the ORM in this thread."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoChromium(NoChromium.__doc__) from None
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            raise NoChromium(f"no Chromium starts: {str(error).splitlines()[0]}") from None
        try:
            yield browser
        finally:
            browser.close()
