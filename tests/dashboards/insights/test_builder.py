"""The builder's pages: a form that says the question, an answer beside it, and what is saved."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings

from dashboards.insights import compact
from dashboards.insights.draft import draft_of, question_of, tree
from dashboards.insights.form import form_of
from dashboards.insights.reading import FIRST
from dashboards.insights.view import View, looks_of
from dashboards.models import SavedInsight
from events.query.types import parse_question
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send

from .page import fields_of
from .questions import questions

HOSTILE = '<img src=x onerror="window.hit=1">\u202e'


@settings(max_examples=60, deadline=None)
@given(questions)
def test_the_form_that_is_shown_says_the_question(question):
    kind = question.__struct_config__.tag
    html = render_to_string(
        "insights/controls.html", {"form": form_of(draft_of(question)), "looks": looks_of(View(), kind)}
    )
    assert parse_question(question_of(tree(fields_of(html).items()))) == question


class Pages:
    """The builder's addresses, as one person sees them."""

    def __init__(self, client, tenant):
        self.client, self.root = client, f"/t/{tenant.slug}/"

    def get(self, path, **query):
        return self.client.get(f"{self.root}{path}{'?' + urlencode(query) if query else ''}")

    def post(self, path, **form):
        return self.client.post(f"{self.root}{path}", form)

    def edit(self, html, query="", **changes):
        """The form of that page, sent with changes as htmx would."""
        fields = {**fields_of(html[html.index('id="controls"') :]), **changes}
        return self.client.post(f"{self.root}insights/edit{query}", fields)

    def save(self, question, name="Signups", **form):
        sent = {"as": "new", "name": name, "q": json.dumps(question), "range": "30d", **form}
        answer = self.post("insights/save", **sent)
        assert answer.status_code == 302, answer.content
        return answer["Location"].rpartition("/")[2]


@pytest.fixture
def ada(tenant, sign_in):
    return Pages(sign_in(tenant, "analyst"), tenant)


@pytest.fixture
def owner(tenant, sign_in):
    return Pages(sign_in(tenant, "owner"), tenant)


@pytest.mark.django_db
class TestForm:
    @pytest.mark.parametrize("kind", FIRST)
    def test_each_kind_has_its_page(self, ada, kind):
        answer = ada.get("insights/new", kind=kind)
        assert answer.status_code == 200
        assert parse_question(question_of(tree(fields_of(answer.content.decode()).items()))) == parse_question(
            FIRST[kind]
        )

    def test_a_change_gives_the_form_again_and_its_address(self, ada):
        html = ada.get("insights/new", q=json.dumps({"kind": "trends", "series": [{"event": "a"}]})).content.decode()
        answer = ada.edit(html, "?range=90d", **{"series.0.measure": "uniques", "chart": "bar"})
        pushed = parse_qs(urlsplit(answer["HX-Push-Url"]).query)
        assert json.loads(pushed["q"][0]) == {"kind": "trends", "series": [{"event": "a", "measure": "uniques"}]}
        assert (pushed["chart"], pushed["range"]) == (["bar"], ["90d"])
        assert "insights/result?" in answer.content.decode()

    def test_a_row_that_is_not_filled_in_stays_in_the_form_and_out_of_the_question(self, ada):
        html = ada.get("insights/new").content.decode()
        answer = ada.edit(html, do="add:filters")
        assert "filters" not in answer["HX-Push-Url"]
        assert 'name="filters.0.property"' in answer.content.decode()
        assert json.loads(answer["HX-Trigger-After-Settle"]) == {"obc:focus": {"value": "f-filters-0-property"}}

    @pytest.mark.parametrize(
        ("do", "next_"),
        [("down:steps.0", "down-steps-1"), ("down:steps.1", "up-steps-2"), ("up:steps.2", "up-steps-1"),
         ("up:steps.1", "down-steps-0")],
    )  # fmt: skip
    def test_a_row_that_is_moved_keeps_the_keyboard(self, ada, do, next_):
        question = {"kind": "funnel", "steps": [{"event": each} for each in "abc"]}
        html = ada.get("insights/new", q=json.dumps(question)).content.decode()
        answer = ada.edit(html, do=do)
        assert json.loads(answer["HX-Trigger-After-Settle"]) == {"obc:focus": {"value": next_}}
        assert f'id="{next_}"' in answer.content.decode()

    def test_a_button_of_any_length_changes_nothing(self, ada):
        html = ada.get("insights/new").content.decode()
        assert ada.edit(html, do=f"up:series.{'9' * 5_000}").status_code == 200

    def test_what_is_missing_is_said_and_nothing_is_asked(self, ada):
        html = ada.get("insights/new").content.decode()
        answer = ada.edit(html, **{"series.0.measure": "sum"})
        assert "A: the measure sum needs a property" in answer.content.decode()
        assert "HX-Push-Url" not in answer and 'name="series.0.property"' in answer.content.decode()

    @pytest.mark.parametrize("kind", FIRST)
    @pytest.mark.parametrize("before", FIRST)
    def test_another_kind_asks_about_the_same_events(self, ada, before, kind):
        html = ada.get("insights/new", kind=before).content.decode()
        answer = ada.edit(html, do=f"kind:{kind}")
        asked = fields_of(answer.content.decode())
        assert asked["kind"] == [kind]
        events = [
            texts for name, texts in fields_of(html).items() if name.endswith("event") and "exclusions" not in name
        ]
        assert events[0] in asked.values()

    def test_a_malformed_q_says_what_is_wrong_and_keeps_the_rest(self, ada):
        q = {"kind": "trends", "series": [{"event": "a", "measure": "median"}], "interval": "week"}
        html = ada.get("insights/new", q=json.dumps(q), range="yesterday").content.decode()
        assert "$.series[0].measure" in html and "yesterday" in html
        asked = question_of(tree(fields_of(html).items()))
        assert (asked["series"][0]["event"], asked["interval"]) == ("a", "week")

    def test_hostile_names_stay_text(self, ada):
        q = {
            "kind": "trends",
            "series": [{"event": HOSTILE, "label": HOSTILE}],
            "filters": [{"property": HOSTILE, "value": HOSTILE}],
        }
        html = ada.get("insights/new", q=json.dumps(q)).content.decode()
        assert "<img" not in html
        assert question_of(tree(fields_of(html).items()))["filters"] == [
            {"property": HOSTILE, "op": "is", "value": HOSTILE}
        ]

    def test_a_range_inside_q_is_the_pages(self, ada):
        q = {"kind": "flows", "range": {"from": "2026-10-01", "to": "2026-10-07"}}
        html = ada.get("insights/new", q=json.dumps(q)).content.decode()
        assert "range=2026-10-01..2026-10-07" in html
        assert "range" not in json.loads(fields_of(html)["q"][0])

    def test_links_to_other_ranges_keep_the_question(self, ada):
        html = ada.get("insights/new", q=json.dumps(FIRST["flows"])).content.decode()
        assert f"?q={quote(json.dumps(FIRST['flows'], separators=(',', ':')), safe='')}&amp;range=90d" in html


@pytest.mark.django_db
class TestSaving:
    def test_a_saved_question_is_found_and_opens_as_it_was_saved(self, ada):
        id_ = ada.save({"kind": "retention", "unit": "day"}, chart="curve", range="90d")
        assert "Signups" in ada.get("insights/").content.decode()
        html = ada.get(f"insights/{id_}").content.decode()
        assert "Unsaved changes" not in html
        assert fields_of(html)["unit"] == ["day"] and set(fields_of(html)["chart"]) == {"curve"}
        assert "range=90d" in html

    def test_a_change_is_marked_and_saved_over_the_version_that_was_seen(self, ada, tenant):
        id_ = ada.save(FIRST["trends"])
        changed = {"kind": "trends", "series": [{"event": "b"}]}
        assert "Unsaved changes" in ada.get(f"insights/{id_}", q=json.dumps(changed)).content.decode()
        answer = ada.post("insights/save", **{"as": "same"}, id=id_, version=1, q=json.dumps(changed), range="30d")
        assert answer.status_code == 302
        with tenant_scope(tenant.id):
            assert SavedInsight.objects.get(id=id_).question == changed

    def test_saving_over_somebody_elses_change_is_told_and_nothing_is_lost(self, ada, tenant):
        id_ = ada.save(FIRST["trends"])
        ada.post(f"insights/{id_}/change", do="rename", name="Renamed", version=1)
        changed = {"kind": "trends", "series": [{"event": "b"}]}
        answer = ada.post("insights/save", **{"as": "same"}, id=id_, version=1, q=json.dumps(changed))
        assert answer.status_code == 409
        html = answer.content.decode()
        assert "saved this meanwhile" in html and fields_of(html)["series.0.event"] == ["b"]
        with tenant_scope(tenant.id):
            assert SavedInsight.objects.get(id=id_).question == compact.kept(FIRST["trends"])

    def test_it_is_renamed_shared_copied_trashed_restored_and_deleted(self, ada, tenant):
        id_ = ada.save(FIRST["flows"])
        ada.post(f"insights/{id_}/change", do="rename", name="Paths", description="of all", sharing="shared", version=1)
        copy = ada.post(f"insights/{id_}/change", do="duplicate")["Location"]
        assert "Paths (copy)" in ada.client.get(copy).content.decode()
        assert ada.post(f"insights/{id_}/change", do="delete").status_code == 409
        ada.post(f"insights/{id_}/change", do="trash")
        assert "Trash (1)" in ada.get("insights/").content.decode()
        ada.post(f"insights/{id_}/change", do="restore")
        assert "Trash (" not in ada.get("insights/").content.decode()
        ada.post(f"insights/{id_}/change", do="trash")
        ada.post(f"insights/{id_}/change", do="delete")
        assert ada.get(f"insights/{id_}").status_code == 404

    def test_the_list_is_narrowed_by_its_address(self, ada):
        ada.save(FIRST["flows"], "Paths")
        ada.save(FIRST["trends"], "Signups", sharing="shared")
        for query, shown, hidden in (({"search": "path"}, "Paths", "Signups"), ({"kind": "trends"}, "Signups", "Paths"),
                                     ({"whose": "private"}, "Paths", "Signups")):  # fmt: skip
            html = ada.get("insights/", **query).content.decode()
            assert f">{shown}<" in html and f">{hidden}<" not in html

    def test_viewers_read_what_is_shared_and_save_nothing(self, ada, tenant, sign_in):
        viewer = Pages(sign_in(tenant, "viewer"), tenant)
        private, shared = ada.save(FIRST["flows"], "Mine"), ada.save(FIRST["flows"], "Ours", sharing="shared")
        assert viewer.get(f"insights/{private}").status_code == 404
        html = viewer.get(f"insights/{shared}").content.decode()
        assert "Ours" in html and 'action="/t/acme-research/insights/save"' not in html
        assert viewer.post("insights/save", **{"as": "new"}, name="x", q="").status_code == 403
        assert viewer.post(f"insights/{shared}/change", do="trash").status_code == 403
        assert viewer.post(f"insights/{shared}/change", do="duplicate").status_code == 403

    def test_another_tenants_insight_is_absent(self, ada, sign_in):
        id_ = ada.save(FIRST["flows"], sharing="shared")
        other = make_tenant("Other")
        theirs = Pages(sign_in(other, "owner"), other)
        assert theirs.get(f"insights/{id_}").status_code == 404
        assert theirs.post(f"insights/{id_}/change", do="trash").status_code == 404
        saved = theirs.post("insights/save", **{"as": "same"}, id=id_, version=1, q=json.dumps(FIRST["flows"]))
        assert saved.status_code == 404


@pytest.mark.django_db(transaction=True)
class TestResult:
    def ask(self, pages, question, **query):
        return pages.get("insights/result", q=json.dumps(question), range="7d", **query)

    def test_the_page_shows_the_numbers_of_post_query(self, ada, tenant):
        send(tenant, *[make_event("signup", user_id=f"u{n % 3}") for n in range(5)], make_event("other"))
        question = {"kind": "trends", "series": [{"event": "signup", "measure": "uniques"}]}
        today = date.today()
        range_ = {"from": str(today - timedelta(days=6)), "to": str(today), "timezone": "UTC"}
        answer = ada.client.post(
            "/api/v1/analytics/query", {**question, "range": range_}, content_type="application/json"
        )
        shown = self.ask(ada, question)
        assert shown.status_code == 200
        (series,) = shown.context["chart"].drawing.series
        assert list(series.values) == answer.json()["series"][0]["values"] and series.values[-1] == 3

    def test_the_addresss_filters_hold_for_the_question(self, ada, tenant):
        send(tenant, make_event("signup", user_id="u1"), make_event("signup", user_id="u2"))
        shown = self.ask(ada, {"kind": "trends", "series": [{"event": "signup"}]}, f="$distinct_id~is~u1")
        assert shown.context["chart"].drawing.series[0].values[-1] == 1
        html = ada.get("insights/new", f="$distinct_id~is~u1").content.decode()
        assert "f=%24distinct_id~is~u1" in ada.edit(html, "?f=$distinct_id~is~u1")["HX-Push-Url"]

    def test_a_saved_ones_duration_is_kept_while_it_is_as_it_was_saved(self, ada, tenant):
        send(tenant, make_event("signup"))
        id_ = ada.save(FIRST["trends"])
        self.ask(ada, FIRST["trends"], id=id_)
        with tenant_scope(tenant.id):
            assert SavedInsight.objects.get(id=id_).last_duration_ms is not None

    def test_its_files_are_called_by_the_saved_name_or_by_what_is_counted(self, ada):
        id_ = ada.save(FIRST["trends"])
        ada.post(f"insights/{id_}/change", do="rename", name="Sign-ups", sharing="private", version=1)
        for more, name in (({"id": id_}, "Sign-ups"), ({}, "Trends: "), ({"id": str(uuid.uuid4())}, "Trends: ")):
            assert f'"file": {{"name": "{name}' in self.ask(ada, FIRST["trends"], **more).content.decode()

    def test_a_question_that_fails_says_why_and_what_to_do(self, ada):
        answer = self.ask(ada, {"kind": "trends", "formula": "A +"})
        assert answer.status_code == 400 and "formula" in answer.content.decode()
        assert "Change the part that is named" in answer.content.decode()

    def test_an_empty_result_offers_what_to_do(self, ada):
        assert "Nothing matches" in self.ask(ada, {"kind": "stickiness"}).content.decode()

    def test_hostile_names_stay_text_in_the_answer(self, ada, tenant):
        send(tenant, make_event(HOSTILE))
        html = self.ask(ada, {"kind": "trends", "series": [{"event": HOSTILE}]}).content.decode()
        assert "<img" not in html


def test_equal_questions_have_one_address():
    long = {"kind": "trends", "series": [{"event": ["a"], "measure": "total", "filters": []}], "interval": "day"}
    assert compact.text(parse_question(long)) == '{"kind":"trends","series":[{"event":"a"}]}'
