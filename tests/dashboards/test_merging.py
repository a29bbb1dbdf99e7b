"""The profile's Merge and Undo: as pages without a script, and as parts for the panel."""

from __future__ import annotations

import pytest

from events.query import run
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, send
from tests.isolation.test_roles import Forms

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browse(tenant, sign_in, settings, tmp_path):
    """`browse("analyst")`: asks for pages below `people/` of that role; `.post(path, form)`."""
    settings.DATA_DIR = tmp_path
    run.forget()

    class Browser:
        def __init__(self, role):
            self.client, self.root = sign_in(tenant, role), f"/t/{tenant.slug}/people/"

        def get(self, path="", part=False, **query):
            return self.client.get(self.root + path, query, headers={"HX-Request": "true"} if part else {})

        def post(self, path, **form):
            return self.client.post(self.root + path, form, follow=True)

    return Browser


def ann_and_a_tablet(tenant):
    told = {"$set": {"name": "Ann Lee"}}
    send(tenant, make_event("$identify", user_id="ann", properties=told), make_event("look", device_id="tab/1"))


def test_search_preview_confirm_and_undo_work_without_a_script(tenant, browse):
    ann_and_a_tablet(tenant)
    person = browse("analyst")
    assert "Merge…" in person.get("profile", id="ann").content.decode()
    found = person.get("merge", id="ann", search="TAB").content.decode()
    assert "other=tab%2F1" in found
    page = person.get("merge", id="ann", other="tab/1").content.decode()
    assert "This joins 1 id and moves 1 event." in page
    (form,) = [fields for action, fields in Forms(page, "").found if action.endswith("people/merge")]
    assert (form["id"], form["other"]) == ("ann", "tab/1")
    done = person.post("merge", **form)
    assert done.redirect_chain[0][0].endswith("people/profile?id=ann")
    assert "1 id joined, 1 event moved" in done.content.decode()
    assert [each["state"] for each in done.context["joins"]] == ["joined"]
    (undo,) = [fields for action, fields in Forms(done.content.decode(), "").found if action.endswith("people/undo")]
    apart = person.post("undo", **undo)
    assert apart.context["answer"]["ids"] == ["ann"]
    assert [each["state"] for each in apart.context["joins"]] == ["undone"]


def test_for_the_panel_the_same_address_answers_with_a_part(tenant, browse):
    ann_and_a_tablet(tenant)
    part = browse("owner").get("merge", part=True, id="ann", other="tab/1").content.decode()
    assert "<html" not in part and "moves 1 event" in part


def test_what_is_one_person_already_says_so_beside_the_search(tenant, browse):
    ann_and_a_tablet(tenant)
    page = browse("owner").get("merge", id="ann", other="ann")
    assert page.context["problem"] and "plan" not in page.context


def test_who_was_given_to_somebody_else_meanwhile_is_not_merged(tenant, browse):
    ann_and_a_tablet(tenant)
    send(tenant, make_event("look", device_id="tab/1", user_id="bob"))
    answer = browse("owner").post("merge", id="ann", other="tab/1")
    assert answer.status_code == 409


def test_a_viewer_sees_joins_and_no_way_to_change_them(tenant, browse):
    send(tenant, make_event("look", user_id="ann", device_id="tab/1"))
    viewer = browse("viewer")
    page = viewer.get("profile", id="ann").content.decode()
    assert "an event with both" in page and "Merge…" not in page and "people/undo" not in page
    assert viewer.get("merge", id="ann").status_code == 403
    assert viewer.post("undo", id="ann", source="tab/1", target="ann").status_code == 403


@pytest.mark.parametrize("query", [{}, {"id": "x" * 256}, {"id": "a\x00b"}, {"id": "nobody"}])
def test_nobody_is_404(tenant, browse, query):
    assert browse("owner").get("merge", **query).status_code == 404


def test_hostile_ids_stay_text_on_every_step(tenant, browse):
    texts = [text[:255] for text in CORPUS if text.strip() and "\x00" not in text][:8]
    send(tenant, make_event("look", user_id="ann"), *[make_event("look", device_id=text) for text in texts])
    owner = browse("owner")
    for text in texts:
        assert not holes(owner.get("merge", id="ann", other=text))
    assert not holes(owner.get("merge", id="ann", search=texts[0]))
    done = owner.post("merge", id="ann", other=texts[0])
    assert done.status_code == 200 and not holes(done)
