"""The ledger in the admin, with its sums."""

from __future__ import annotations

import pytest

from tests.factories import GOOGLEBOT, at, make_event, make_sender, send

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/admin/events/ingestoutcome/"


def sums(response):
    totals = response.context["totals"]
    return totals["received"], dict(totals["by_outcome"])


@pytest.fixture
def sent(acme, other):
    event = make_event()
    send(acme, event, event, make_event(user_agent=GOOGLEBOT), {"event_id": "nameless"})
    send(other, make_event())
    old = at("2026-01-05 10:00")
    send(acme, make_event(), sender=make_sender(acme, received_at=old))


def test_what_was_received_is_the_sum_of_what_became_of_it(root, sent):
    received, by_outcome = sums(root.get(URL))
    assert by_outcome == {"Stored": 2, "Duplicate": 1, "Dropped": 1, "Quarantined": 1}
    assert received == 5


def test_the_sums_follow_the_filters(root, sent):
    assert sums(root.get(f"{URL}?tenant=other"))[0] == 1
    assert sums(root.get(f"{URL}?outcome=dropped"))[0] == 1
    assert sums(root.get(f"{URL}?day=2026-01-05"))[0] == 1


def test_staff_see_the_sums_of_their_tenant(acme_staff, sent):
    assert sums(acme_staff.get(URL))[0] == 4


def test_a_line_can_not_be_changed(root, sent):
    line = root.get(URL).context["cl"].result_list[0]
    assert root.post(f"{URL}{line.pk}/change/", {"count": 7}).status_code == 403
