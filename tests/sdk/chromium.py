"""A Chromium of our own: without Playwright's flags (they switch the back/forward cache off), and to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests import tools
from tests.live import wait_for

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-features=BackForwardCacheMemoryControls,DestroyProfileOnBrowserClose", "--remote-debugging-port=0",
    "--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-popup-blocking",
)  # fmt: skip


class Pages:
    """What has a `context` opens pages."""

    context: BrowserContext

    def page(self, url: str = "") -> Page:
        page = self.context.new_page()
        if url:
            page.goto(url)
        return page


class Window(Pages):
    """A private window: cookies, storage and clock of its own, all gone with it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context


class Chromium(Pages):
    """A browser with a profile folder. `kill()` is SIGKILL to all its processes; `start()` reopens it."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self.playwright = playwright
        self.profile = profile
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        port = self.profile / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        executable = tools.chromium()
        assert executable
        self.process = subprocess.Popen(
            [executable, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        wait_for(lambda: port.exists() and port.read_text().count("\n") >= 1, "Chromium's debugging port")
        number, path = port.read_text().splitlines()[:2]
        self.browser: Browser = self.playwright.chromium.connect_over_cdp(f"ws://127.0.0.1:{number}{path}")

    @property
    def context(self) -> BrowserContext:  # type: ignore[override]
        """The profile itself, which survives a restart; `browser.new_context()` is a private window."""
        return self.browser.contexts[0]

    def kill(self) -> None:
        """SIGKILL to all processes of the browser at once: what it had not given to the system is gone."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        try:
            self.browser.close()
        except Exception:
            pass

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
