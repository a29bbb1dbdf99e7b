"""`POST explain`: why one actor counts where it does."""

from __future__ import annotations

from tests.events.api.test_query import own_folder, query  # noqa: F401
from tests.factories import make_event, send

DAYS = {"from": "2026-10-01", "to": "2026-10-03", "timezone": "UTC"}
FUNNEL = {"kind": "funnel", "range": DAYS, "steps": [{"event": "signup"}, {"event": "search"}]}


def fill(tenant):
    send(
        tenant,
        make_event("signup", timestamp="2026-10-01T10:02:00Z", user_id="ada"),
        make_event("search", timestamp="2026-10-08T13:02:00Z", user_id="ada"),
        make_event("signup", timestamp="2026-10-01T10:00:00Z", device_id="phone"),
        make_event("search", timestamp="2026-10-02T10:00:00Z", device_id="phone", user_id="bob"),
    )


def test_it_says_that_a_step_came_after_the_window(tenant, query):  # noqa: F811
    fill(tenant)
    found = query({"of": FUNNEL, "actor": "ada"}, "explain").json()
    first, second = found["attempts"][0]["steps"]
    assert (found["actor"], found["counted"], first["event"], second["event"]) == ("ada", True, "signup", "search")
    assert second["status"] != first["status"]
    assert "7 d 3 h" in second["sentence"] and "window" in second["sentence"]


def test_ids_that_are_one_actor_are_explained_as_one(tenant, query):  # noqa: F811
    fill(tenant)
    by_user, by_device = (query({"of": FUNNEL, "actor": each}, "explain").json() for each in ("bob", "phone"))
    assert by_user["attempts"] == by_device["attempts"]
    assert [step["status"] for step in by_user["attempts"][0]["steps"]] == ["done", "done"]


def test_an_id_without_events_is_404(tenant, query):  # noqa: F811
    fill(tenant)
    assert query({"of": FUNNEL, "actor": "nobody"}, "explain").status_code == 404


def test_a_wrong_part_is_400_with_its_path(tenant, query):  # noqa: F811
    wrong = {
        "$.of.kind": {"of": {"kind": "trends"}, "actor": "ada"},
        "$.of.range": {"of": {**FUNNEL, "range": {"from": "2026-10-03", "to": "2026-10-01"}}, "actor": "ada"},
        "$.of.cohort": {"of": {**FUNNEL, "cohort": "unknown"}, "actor": "ada"},
        "$": {"of": FUNNEL},
    }
    for path, body in wrong.items():
        answer = query(body, "explain")
        assert (answer.status_code, answer.json()["error"]["details"]["path"]) == (400, path)


def test_a_cohort_that_does_not_exist_is_400_and_not_everybody(tenant, query):  # noqa: F811
    answer = query({"kind": "trends", "cohort": "no-such-id"})
    assert (answer.status_code, answer.json()["error"]["details"]["path"]) == (400, "$.cohort")
