"""The page of SQL: a statement asked in place, its errors, its file, its saving, and the words beside the editor."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from dashboards import statements
from dashboards.charts import sql as chart_of_sql
from dashboards.models import Board, SavedInsight, Sharing
from events.query import people_sql, run
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)
BY_NAME = "SELECT event_name, count(*) AS n\nFROM events\nGROUP BY ALL\nORDER BY n DESC"
NAMES = ["plan", "a b", "a'b", 'a"b', "$x", "/y", "~", "*", "ü", "a.b", "x[0]"]


@pytest.fixture
def fresh(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()


@pytest.fixture
def open_sql(tenant, sign_in, fresh):
    """`open_sql("analyst")`: `get(path, …)` and `post(path, …)` below the page of a new member."""

    def make(role="viewer", of=tenant):
        client, root = sign_in(of, role), f"/t/{of.slug}/sql/"

        class Opened:
            def get(self, path="", **query):
                return client.get(root + path, query)

            def post(self, path, **form):
                at = form.pop("at", "")
                return client.post(root + path, form, headers={"HX-Request": "true", "HX-Current-URL": at})

        return Opened()

    return make


@pytest.fixture
def rows(tenant):
    send(tenant, make_event("look", user_id="ann"), make_event("look", user_id="bob"), make_event("buy", user_id="ann"))


def saved_of(tenant):
    with tenant_scope(tenant.id):
        return SavedInsight.objects.get(tenant_id=tenant.id, question__kind="sql")


def test_a_viewer_asks_and_reads_the_answer_as_a_table_and_a_chart(open_sql, rows):
    page = open_sql("viewer")
    table = page.post("result", sql=BY_NAME).context["chart"]
    assert [(row.cells[0].value, row.cells[1].value) for row in table.table.rows] == [("look", 2), ("buy", 1)]
    bars = page.post("result", sql=BY_NAME, chart="bar").context["chart"]
    assert (bars.drawing.labels, list(bars.drawing.series[0].values)) == (["look", "buy"], [2, 1])


def test_the_address_says_the_statement_and_its_view(open_sql, rows, tenant):
    page = open_sql()
    pushed = page.post("result", sql=BY_NAME.replace("\n", "\r\n"), chart="line")["HX-Push-Url"]
    assert parse_qs(urlsplit(pushed).query) == {"sql": [BY_NAME], "chart": ["line"]}
    assert page.get(**{name: value[0] for name, value in parse_qs(urlsplit(pushed).query).items()}).context[
        "statement"
    ].text == (BY_NAME)
    again = page.post("result", sql=BY_NAME, chart="line", at=f"http://testserver{pushed}")
    assert "HX-Push-Url" not in again


def test_a_statement_too_long_for_an_address_is_answered_all_the_same(open_sql):
    answer = open_sql().post("result", sql="select 1 -- " + "ü" * 9_000)
    assert (answer.status_code, answer["HX-Push-Url"].partition("?")[2]) == (200, "")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select nam from events", "Referenced column &quot;nam&quot; not found"),
        ("drop table events", "Only SELECT"),
        ("from read_csv('/etc/passwd')", "not available"),
        ("", "length"),
        ("x" * 20_001, "length"),
    ],
    ids=["column", "drop", "file", "empty", "long"],
)
def test_what_is_wrong_is_said_in_place_in_the_engines_words(open_sql, sql, said):
    answer = open_sql().post("result", sql=sql)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert answer.templates[0].name == "sql/failed.html"


def test_a_statement_that_takes_too_long_says_what_to_ask_less_of(open_sql, monkeypatch):
    monkeypatch.setattr(people_sql, "SECONDS", 0.5)
    answer = open_sql().post("result", sql="select count(*) from range(1000000) a, range(1000000) b")
    assert answer.status_code == 504 and "ask for fewer days" in answer.content.decode()


def test_a_cut_answer_says_so_and_lists_a_part(open_sql):
    answer = open_sql().post("result", sql="select * from range(20000)")
    assert "The answer is cut" in answer.content.decode()
    assert len(answer.context["chart"].table.rows) == chart_of_sql.LISTED


def test_its_file_has_all_rows_and_no_formula(open_sql):
    sql = "select '=1+1' as a, [1, 2] as b, NULL as c from range(1500)"
    answer = open_sql().post("csv", sql=sql)
    found = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert (found[0], found[1], len(found)) == (["a", "b", "c"], ["'=1+1", "[1, 2]", ""], 1501)


def test_an_analyst_saves_it_finds_it_and_saves_over_it(open_sql, sign_in, tenant, rows):
    page = open_sql("analyst")
    there = page.post("save", **{"as": "new", "name": "By name", "sharing": "shared", "sql": BY_NAME, "chart": "bar"})
    saved = saved_of(tenant)
    assert there["Location"] == f"/t/{tenant.slug}/sql/?id={saved.id}"
    assert (saved.question, saved.view) == ({"kind": "sql", "sql": BY_NAME}, {"chart": "bar"})
    opened = page.get(id=str(saved.id)).context["statement"]
    assert (opened.text, opened.view.chart, opened.changed) == (BY_NAME, "bar", False)
    page.post("save", **{"as": "same", "id": str(saved.id), "version": saved.version, "sql": "select 1"})
    assert saved_of(tenant).question["sql"] == "select 1"
    stale = page.post("save", **{"as": "same", "id": str(saved.id), "version": saved.version, "sql": "select 2"})
    assert stale.status_code == 409 and "select 2" in stale.content.decode()
    assert saved_of(tenant).question["sql"] == "select 1"


def test_the_list_of_insights_leads_to_the_editor(open_sql, sign_in, tenant):
    open_sql("analyst").post("save", **{"as": "new", "name": "Mine", "sharing": "shared", "sql": "select 1"})
    saved, client = saved_of(tenant), sign_in(tenant, "viewer")
    listed = client.get(f"/t/{tenant.slug}/insights/", {"kind": "sql"}).content.decode()
    assert f"insights/{saved.id}" in listed
    there = client.get(f"/t/{tenant.slug}/insights/{saved.id}")
    assert there["Location"] == f"/t/{tenant.slug}/sql/?id={saved.id}"


def test_it_stands_on_a_board(open_sql, sign_in, tenant, rows):
    open_sql("analyst").post("save", **{"as": "new", "name": "By name", "sharing": "shared", "sql": BY_NAME})
    with tenant_scope(tenant.id):
        board = Board.objects.create(tenant=tenant, name="b", sharing=Sharing.SHARED)
        tile = board.add(kind="insight", insight=saved_of(tenant), width=6, height=4)
    answer = sign_in(tenant, "viewer").get(f"/t/{tenant.slug}/boards/{board.id}/tiles/{tile.id}")
    assert [row.cells[0].value for row in answer.context["shown"].chart.table.rows] == ["look", "buy"]


def test_how_long_a_saved_statement_took_is_kept(open_sql, tenant):
    page = open_sql("analyst")
    page.post("save", **{"as": "new", "name": "One", "sql": "select 1"})
    saved = saved_of(tenant)
    page.post("result", id=str(saved.id), sql="select 2")
    assert saved_of(tenant).last_duration_ms is None
    page.post("result", id=str(saved.id), sql="select 1")
    assert saved_of(tenant).last_duration_ms is not None and saved_of(tenant).version == saved.version


def test_a_viewer_saves_nothing(open_sql, tenant):
    assert open_sql("viewer").post("save", **{"as": "new", "name": "x", "sql": "select 1"}).status_code == 403
    with tenant_scope(tenant.id):
        assert not SavedInsight.objects.filter(question__kind="sql").exists()


def test_another_tenants_rows_and_statements_are_not_there(open_sql, tenant):
    other = make_tenant("Elsewhere")
    send(other, make_event("theirs"))
    open_sql("analyst", of=other).post("save", **{"as": "new", "name": "x", "sharing": "shared", "sql": "select 1"})
    mine = open_sql("owner")
    assert mine.get(id=str(saved_of(other).id)).status_code == 404
    assert mine.post("result", sql="select count(*) from events").context["answer"]["rows"] == [[0]]


def test_every_property_has_an_expression_that_reads_it(open_sql, tenant):
    send(tenant, make_event("a", properties={name: f"v-{number}" for number, name in enumerate(NAMES)}))
    page = open_sql()
    beside = {name: insert for name, insert, *_ in page.get("names").context["names"]}
    assert sorted(beside) == sorted(NAMES)
    asked = ", ".join(f"{beside[name]} = 'v-{number}'" for number, name in enumerate(NAMES))
    assert page.post("result", sql=f"select {asked} from events").context["answer"]["rows"] == [[True] * len(NAMES)]


@pytest.mark.parametrize("example", statements.EXAMPLES, ids=[name for name, _ in statements.EXAMPLES])
def test_an_example_is_answered(open_sql, rows, example):
    assert open_sql().post("result", sql=example[1]).status_code == 200


def test_every_function_beside_the_editor_is_there():
    known = {name for (name,) in duckdb.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    named = {insert.partition("(")[0].lower() for insert, _ in statements.FUNCTIONS}
    assert named - known <= {"try_cast", "coalesce", "unnest"}  # part of the grammar


def test_hostile_values_names_and_statements_stay_text(open_sql, tenant):
    send(tenant, *[make_event(text[:200], properties={text[:200]: text}) for text in CORPUS])
    page = open_sql("analyst")
    page.post("save", **{"as": "new", "name": CORPUS[0], "sharing": "shared", "sql": f"select '{CORPUS[0]}'"})
    asked = 'select event_name as "<img src=x onerror=alert(1)>", properties from events'
    for chart in ("table", "bar"):
        assert holes(page.post("result", sql=asked, chart=chart)) == []
    assert holes(page.get("names")) == holes(page.get(id=str(saved_of(tenant).id))) == []
    assert [holes(page.get(sql=text[:2_000])) for text in CORPUS] == [[]] * len(CORPUS)
    assert holes(page.post("result", sql=CORPUS[1])) == []


def test_the_api_keeps_statements_too(sign_in, tenant):
    client = sign_in(tenant, "analyst")
    body = {"name": "x", "question": {"kind": "sql", "sql": "select 1"}, "view": {"chart": "bar"}}
    made = client.post("/api/v1/analytics/insights", json.dumps(body), content_type="application/json")
    assert (made.status_code, made.json()["kind"], made.json()["view"]) == (201, "sql", {"chart": "bar"})
    listed = client.get("/api/v1/analytics/insights?kind=sql").json()
    assert [each["id"] for each in listed["results"]] == [made.json()["id"]]
