"""The builder of cohorts as a person uses it: the size follows the form, and what is saved is a cohort."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.browser.test_every_page import AXE, findings
from tests.live import LiveStack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def searches(live_stack: LiveStack) -> None:
    """ann twice, bob once."""
    for who in ("cohort-ann", "cohort-ann", "cohort-bob"):
        live_stack.send({"event_id": str(uuid.uuid4()), "event_name": "cohort_search", "user_id": who})


def test_the_size_follows_the_form_and_a_saved_cohort_is_used(visit: Any, live_stack: LiveStack):
    page = visit(f"/t/{live_stack.slug}/cohorts/new")
    page.get_by_label("Event", exact=True).fill("cohort_search")
    page.get_by_label("Event", exact=True).press("Tab")
    page.get_by_role("heading", name="2 people").wait_for()
    page.get_by_label("Times", exact=True).fill("2")
    page.get_by_label("Times", exact=True).press("Tab")
    page.get_by_role("heading", name="1 person").wait_for()
    assert page.get_by_text("cohort-ann").count() == 1
    page.evaluate(AXE.read_text())
    assert findings(page) == []
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Condition 2", exact=True).select_option("did_not")
    page.get_by_label("Times", exact=True).nth(1).wait_for(state="detached")
    page.locator("summary", has_text="Save").click()
    page.get_by_label("Name", exact=True).fill("Searched twice")
    page.locator("form[action$='cohorts/save'] button").click()
    page.get_by_role("heading", name="Searched twice").wait_for()
    page.get_by_role("heading", name="1 person").wait_for()
    page.get_by_role("link", name="Use in an insight").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#f-cohort option:checked").inner_text() == "Searched twice"
