"""Each snippet of the install page, pasted into a page of a customer's: the event arrives."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from dashboards.snippets import csp_line, snippets
from obc_analytics import sdk
from tests.live import ROOT, wait_for
from tests.sdk.site import Site

BUILD = ROOT / "static" / "sdk"
ESBUILD = BUILD / "node_modules" / "esbuild" / "bin" / "esbuild"
ENTRY = {
    "react": """
import { createRoot } from 'react-dom/client'
createRoot(document.body.appendChild(document.createElement('div'))).render(<App user={{ id: 'ada' }} />)
""",
    "typescript": "",
    "mixpanel": "",
}
EXPECTED = {"react": {"page_view", "button_click", "$identify"}, "typescript": {"hello"}, "mixpanel": {"hello"}}

pytestmark = pytest.mark.browser
with_node = [
    pytest.mark.node,
    pytest.mark.skipif(not ESBUILD.exists(), reason="NOT TESTED HERE: no npm ci in static/sdk"),
]


@pytest.fixture
def known(live_stack):
    """The names of events that were not there before the test."""
    with live_stack.connect() as db:
        (start,) = db.execute("SELECT coalesce(max(seq), 0) FROM analytics_events").fetchone()

        def names() -> set[str]:
            return {name for (name,) in db.execute("SELECT event_name FROM analytics_events WHERE seq > %s", [start])}

        yield names


@pytest.fixture
def empty_site():
    site = Site()
    yield site
    site.close()


def install(folder: Path) -> None:
    """What `npm install` does with the tarball."""
    with tarfile.open(sdk.newest()) as archive:
        archive.extractall(folder, filter="data")
    (folder / "node_modules" / "@openbiocure").mkdir(parents=True)
    (folder / "package").rename(folder / "node_modules" / "@openbiocure" / "analytics")
    for name in ("react", "react-dom", "scheduler"):
        (folder / "node_modules" / name).symlink_to(BUILD / "node_modules" / name)


def bundle(folder: Path, code: str) -> str:
    install(folder)
    (folder / "app.tsx").write_text(code)
    command = [ESBUILD, "app.tsx", "--bundle", "--jsx=automatic", "--format=esm", "--preserve-symlinks"]
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_tag_sends_a_page_view_under_the_csp_that_is_shown(chromium, empty_site, live_stack, known):
    code = snippets(live_stack.url, live_stack.write_key)["script"].code
    empty_site.standard = f"<!doctype html><title>Shop</title>{code}<p>Hello"
    empty_site.headers["Content-Security-Policy"] = f"default-src 'none'; {csp_line(live_stack.url)}"
    tab = chromium.page()
    refused: list[str] = []
    tab.on("console", lambda message: message.type == "error" and refused.append(message.text))
    tab.goto(empty_site.url())
    wait_for(lambda: "page_view" in known(), "the page view", seconds=20)
    assert not [text for text in refused if "Content Security Policy" in text]


@pytest.mark.parametrize("name", [pytest.param(name, marks=with_node) for name in ENTRY])
def test_a_snippet_of_the_package_sends_its_event(name, chromium, empty_site, live_stack, known, tmp_path):
    code = snippets(live_stack.url, live_stack.write_key)[name].code + ENTRY[name]
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "app.js").write_text(bundle(tmp_path, code))
    empty_site.folder = tmp_path / "site"
    empty_site.standard = "<!doctype html><title>Shop</title><body><script type=module src=/app.js></script>"
    tab = chromium.page(empty_site.url())
    if name == "react":
        tab.click("button")
    wait_for(lambda: known() >= EXPECTED[name], f"{EXPECTED[name]}", lambda: str(known()), 20)
