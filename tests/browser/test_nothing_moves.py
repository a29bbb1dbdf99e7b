"""Pages keep their places while their parts come: `manage.py bench pages` measures it, and here it is nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from events.bench.cases import drawn
from events.bench.stack import Stack
from tests.live import LiveStack

pytestmark = pytest.mark.browser


def test_nothing_moves_while_overview_builder_and_board_fill(browser: Any, signed_in: Any, live_stack: LiveStack):
    live_stack.send(*({"event_id": str(uuid.uuid4()), "event_name": "page_view", "user_id": f"u{n}"} for n in range(9)))
    session = next(each["value"] for each in signed_in["cookies"] if each["name"] == "sessionid")
    rows = drawn.measured(browser, Stack(live_stack.url, "", session=session), live_stack.slug)
    moved = {(row["page"], row["screen"]): row["what moved"] for row in rows if row.get("CLS (goal 0)")}
    assert moved == {}
    names = ["overview", "builder", "board"]
    assert [row["page"] for row in rows[:-1]] == names * 2
