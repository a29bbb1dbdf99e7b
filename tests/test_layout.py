"""Imports go one way: dashboards → events → tenants → obc_analytics."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["obc_analytics", "tenants", "events", "dashboards"]
# these compose the application out of the apps
COMPOSE = {"obc_analytics/urls.py", "obc_analytics/asgi.py", "obc_analytics/routing.py"}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def test_no_app_imports_one_above_it():
    upward = []
    for rank, app in enumerate(ORDER):
        for path in (ROOT / app).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name not in COMPOSE:
                upward += [f"{name} imports {above}" for above in imported(path) & set(ORDER[rank + 1 :])]
    assert upward == []


def test_the_application_imports_nothing_of_the_tests():
    assert not [path for app in ORDER for path in (ROOT / app).rglob("*.py") if "tests" in imported(path)]
