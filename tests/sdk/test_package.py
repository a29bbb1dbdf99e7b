"""The tarball in the hands of its users: a React app built by Vite, Jest's CommonJS, and an old TypeScript resolver."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from obc_analytics import sdk
from tests.live import wait_for
from tests.sdk.site import Site

APP = Path(__file__).parent / "app"

pytestmark = [pytest.mark.node, pytest.mark.slow]  # packages come from the registry


def run(folder: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(folder: Path, *packages: str) -> None:
    run(folder, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error", str(sdk.newest()), *packages)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "package.json").write_text('{"private": true}')
    return tmp_path


def test_jest_runs_it_as_commonjs(folder):
    (folder / "sdk.test.js").write_text(
        """
        const { OpenBioCureAnalytics } = require('@openbiocure/analytics')
        const { mixpanel } = require('@openbiocure/analytics/mixpanel')
        const react = require('@openbiocure/analytics/react')
        test('it does nothing without a document, and throws nothing', () => {
          const analytics = new OpenBioCureAnalytics({ key: 'k' }).start()
          analytics.track('a')
          mixpanel.init('k'); mixpanel.track('b')
          expect(typeof react.AnalyticsProvider).toBe('function')
        })
        """
    )
    install(folder, "jest@30.5.2", "react@19.3.1")
    run(folder, "npx", "jest")


def test_an_old_typescript_resolver_finds_every_entry(folder):
    (folder / "app.ts").write_text(
        """
        import { OpenBioCureAnalytics } from '@openbiocure/analytics'
        import { useEventTracking } from '@openbiocure/analytics/react'
        import mixpanel from '@openbiocure/analytics/mixpanel'
        const analytics: OpenBioCureAnalytics = new OpenBioCureAnalytics({ key: 'k' })
        analytics.track('a', { n: 1 })
        mixpanel.track('b')
        // @ts-expect-error: a name is text
        analytics.track(1)
        export const { trackAction } = useEventTracking()
        """
    )
    options = {"moduleResolution": "node10", "module": "commonjs", "target": "es2020", "strict": True, "noEmit": True}
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["app.ts"]}))
    install(folder, "typescript@5.9.3", "react@19.3.1", "@types/react@19.3.0")
    run(folder, "npx", "tsc")


@pytest.mark.browser
def test_the_example_app_sends_what_its_hooks_say(chromium, live_stack, tmp_path):
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    install(app)
    api = {"VITE_ENDPOINT": live_stack.url + "/api/v1/analytics", "VITE_WS": live_stack.ws_url + "/ws/analytics"}
    run(app, "npm", "run", "build", VITE_KEY=live_stack.write_key, **api)
    site = Site((app / "dist" / "index.html").read_text(), app / "dist")
    with live_stack.connect() as db:
        (start,) = db.execute("SELECT coalesce(max(seq), 0) FROM analytics_events").fetchone()
        query = "SELECT event_name, properties, distinct_id FROM analytics_events WHERE seq > %s ORDER BY timestamp, id"
        tab = chromium.page(site.url())
        for button in ("create", "search", "export", "sign-in", "to-settings", "name", "fail", "succeed", "sign-out"):
            tab.click("#" + button)
        tab.goto(site.url())
        tab.click("#break")
        tab.wait_for_selector("#fallback")
        tab.goto("about:blank")
        rows = lambda: db.execute(query, [start]).fetchall()  # noqa: E731
        wait_for(lambda: {"error", "form_submit"} <= {name for name, _, _ in rows()}, "the last events", seconds=30)
        wait_for(lambda: len([row for row in rows() if row[0] == "page_view"]) >= 3, "three page views", seconds=30)
    site.close()
    found = rows_by_name(rows_of(live_stack, query, start))
    views = Counter(properties["name"] for properties, _ in found["page_view"])
    assert views == {"dashboard": 2, "settings": 1}, "one for each navigation, though StrictMode mounts twice"
    [(action, _)] = found["button_click"]
    assert (action["element_id"], action["context"]) == ("create-project", "dashboard")
    assert len(found["search"]) == len(found["export"]) == len(found["form_start"]) == 1
    assert [properties["success"] for properties, _ in found["form_submit"]] == [False, True]
    assert {user for _, user in found["form_submit"]} == {"ada"}
    assert found["$identify"][0][0]["$set"] == {"plan": "lab"}
    assert found["error"][0][0]["message"] == "broken on purpose"


def rows_of(stack, query: str, start: int) -> list[tuple[str, dict, str]]:
    with stack.connect() as db:
        return db.execute(query, [start]).fetchall()


def rows_by_name(rows) -> dict[str, list[tuple[dict, str]]]:
    found: dict[str, list[tuple[dict, str]]] = {}
    for name, properties, user in rows:
        found.setdefault(name, []).append((properties, user))
    return found
