"""What this machine has beyond Python: a test that needs more is skipped where it is missing, and loudly so."""

from __future__ import annotations

import importlib.util
import shutil
from functools import cache
from pathlib import Path

MARKERS = ("browser", "node", "redis")


@cache
def chromium() -> str | None:
    """Path of a Chromium that Playwright can drive."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    cached = Path.home() / ".cache" / "ms-playwright"
    return next((str(path) for path in sorted(cached.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


@cache
def lacking(marker: str) -> str | None:
    """What a test with this marker misses here, or None."""
    if marker == "browser":
        if importlib.util.find_spec("playwright") is None:
            return "Playwright is not installed"
        return None if chromium() else "no Chromium was found"
    if marker == "node":
        return None if shutil.which("node") else "no Node was found"
    return None if shutil.which("redis-server") else "no redis-server was found"
