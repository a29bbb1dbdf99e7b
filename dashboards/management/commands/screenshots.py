"""`manage.py screenshots FOLDER`: pictures of the main pages of a running server, in both themes and on a phone."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboards.statements import EXAMPLES
from events.bench.chromium import NoChromium, chromium
from tenants.models import Tenant
from tenants.scope import operator_scope

SCREENS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
}
FEATURES = ("literature_search", "paper_saved", "notebook_run", "dataset_opened")
FUNNEL = {"kind": "funnel", "steps": [{"event": name} for name in ("page_view", "signup_started", "signup_completed")]}
QUESTIONS: dict[str, dict[str, Any]] = {
    "trends": {"kind": "trends", "series": [{"event": name, "measure": "uniques"} for name in FEATURES]},
    "funnel": FUNNEL,
    "retention": {"kind": "retention", "start": {"event": "page_view"}, "unit": "week"},
    "flows": {"kind": "flows", "anchor": {"event": "page_view"}, "depth": 3, "top": 4},
}
PAGES = {
    "overview": "overview/?range=30d",
    **{name: f"insights/new?range=30d&q={quote(json.dumps(question))}" for name, question in QUESTIONS.items()},
    "sql": f"sql/?{urlencode({'sql': EXAMPLES[0][1], 'chart': 'line'})}",
    "boards": "boards/",
    "board": "boards/",  # the first of the list
    "people": "people/",
    "sessions": "sessions/?range=30d",
    "cohorts": "cohorts/",
    "events": "events/",
    "errors": "quality/errors/?range=30d",
    "vitals": "quality/vitals/?range=30d",
    "dictionary": "data/dictionary/",
    "delivery": "data/delivery/?range=30d",
    "install": "install/",
}
VALID = timedelta(minutes=10)  # of the session that the pictures are taken with


class Command(BaseCommand):
    help = (
        "Take pictures of the main pages of a running server (up --demo) into a folder, as an administrator sees them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--url", default="http://127.0.0.1:8000")
        parser.add_argument("--tenant", default="", help="Its slug; default: the first tenant")
        parser.add_argument("--pages", nargs="*", default=list(PAGES), choices=list(PAGES))
        parser.add_argument("--screens", nargs="*", default=list(SCREENS), choices=list(SCREENS))

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        root = f"{options['url'].rstrip('/')}/t/{slug_of(options['tenant'])}/"
        session = session_of_superuser()
        try:
            # the browser ends before the session: Playwright's event loop forbids the ORM meanwhile
            with closing(_pages(options["screens"], options["pages"], root, session)) as shown:
                for screen, name, page in shown:
                    path = folder / f"{name}-{screen}.png"
                    page.screenshot(path=str(path))
                    self.stdout.write(f"{path}  {path.stat().st_size / 1000:.0f} KB")
        except NoChromium as error:
            raise CommandError(f"Pictures need Chromium. {error}") from None
        finally:
            SessionStore(session).delete()


def _pages(
    screens: list[str], names: list[str], root: str, session: str
) -> Generator[tuple[str, str, Any], None, None]:
    """(screen, name, page as it stands when all that it asks for has come)."""
    with chromium() as browser:
        for screen in screens:
            context = browser.new_context(**SCREENS[screen])
            context.add_cookies([{"name": "sessionid", "value": session, "url": root}])
            page = context.new_page()
            for name in names:
                page.goto(root + PAGES[name])
                if name == "board":
                    page.locator("main table a").first.click()
                    page.wait_for_url("**/boards/*-*")
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(300)  # a chart is drawn a frame after its data
                yield screen, name, page
            context.close()


def slug_of(slug: str) -> str:
    with operator_scope():
        tenants = Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("created_at")
        tenant = tenants.first()
    if tenant is None:
        raise CommandError(
            f"There is no tenant {slug!r}." if slug else "There is no tenant yet: run `up --demo` first."
        )
    return tenant.slug


def session_of_superuser() -> str:
    """The key of a session that lasts for these pictures."""
    user = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError("There is no administrator: run `up` first.")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.set_expiry(VALID)
    session.save()
    assert session.session_key
    return session.session_key
