"""The rules that the strict CSP and hostile data set for every template and script."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
FORBIDDEN = {
    "inline style": r"\sstyle\s*=|<style",
    "event handler": r"\son[a-z]+\s*=|hx-on",
    "script with a body": r"<script(?![^>]*\ssrc=)",
    "unescaped value": r"\|\s*safe\b|autoescape off",
    "other host": r"(?:src|href)=\"(?:https?:)?//",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has_it(what):
    assert [path.name for path in TEMPLATES if re.search(FORBIDDEN[what], path.read_text(), re.I)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_or_code_of_text(script):
    assert not re.search(
        r"\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script.read_text()
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_pages_script_is_small(script):
    assert len(script.read_text().splitlines()) <= 150


def test_the_chart_library_is_within_its_budget():
    bundle = (ROOT / "static" / "vendor" / "echarts" / "echarts.js").read_bytes()
    assert len(gzip.compress(bundle, 9)) <= 250_000


def test_what_builds_the_chart_library_names_no_host():
    lock = (ROOT / "static" / "build" / "echarts" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
