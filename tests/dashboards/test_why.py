"""Why one person counts: the page over `POST explain`, and the ways to it."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from events.query import run
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, make_tenant, send

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = {"from": "2026-10-01", "to": "2026-10-03", "timezone": "Europe/Berlin"}
FUNNEL = {"kind": "funnel", "range": DAYS, "steps": [{"event": "signup"}, {"event": "search"}]}
RETENTION = {"kind": "retention", "range": DAYS, "unit": "day", "periods": 3, "start": {"event": "signup"}}


@pytest.fixture
def get(tenant, sign_in, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    client = sign_in(tenant, "viewer")
    return lambda path, **query: client.get(f"/t/{tenant.slug}/{path}", query)


@pytest.fixture
def explain(get):
    return lambda question, id_="": get(
        "insights/explain", q=question if isinstance(question, str) else json.dumps(question), id=id_
    )


def ada(tenant):
    """Signed up at 10:02 of Berlin, searched a week and three hours later."""
    send(
        tenant,
        make_event("signup", event_id="e/1", timestamp="2026-10-01T08:02:00Z", user_id="ada"),
        make_event("search", timestamp="2026-10-08T11:02:00Z", user_id="ada"),
        make_event(
            "$identify", timestamp="2026-10-01T08:02:00Z", user_id="ada", properties={"$set": {"name": "Ada L"}}
        ),
    )


def text_of(answer):
    """What a reader of the page's main part sees."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", main.replace("<td", " <td"))).split())


def test_a_funnel_is_told_step_by_step_in_the_questions_zone(tenant, explain):
    ada(tenant)
    answer = explain(FUNNEL, "ada")
    text = text_of(answer)
    assert "Why Ada L counts" in text and "Counts once, with 1 of 2 steps." in text
    assert "Entered 2026-10-01 10:02:00 with signup." in text and "times in Europe/Berlin" in text
    assert "search came 7 d 3 h after the start: outside the window of 7 days." in text and "too late" in text
    assert f'href="/t/{tenant.slug}/events/detail?id=e%2F1"' in answer.content.decode()
    assert f'href="/t/{tenant.slug}/people/profile?id=ada"' in answer.content.decode()


def test_a_retention_is_told_period_by_period(tenant, explain):
    ada(tenant)
    text = text_of(explain(RETENTION, "ada"))
    assert "Cohort of 2026-10-01" in text and "Day 0 born" in text and "Day 1 not back" in text


def test_the_question_is_one_click_away(tenant, explain, get):
    link = re.search(r'href="([^"]*insights/new[^"]*)"', explain(FUNNEL).content.decode())[1]
    named = parse_qs(urlsplit(html.unescape(link)).query)
    assert json.loads(named["q"][0])["steps"] == [{"event": "signup"}, {"event": "search"}]
    assert get("insights/new", **{name: value[0] for name, value in named.items()}).status_code == 200


@pytest.mark.parametrize(
    ("question", "id_", "status", "said"),
    [
        (FUNNEL, "", 200, "Any id"),
        (FUNNEL, "nobody", 404, "no events of this id"),
        ("{", "ada", 400, "q is not JSON"),
        ("", "ada", 400, "q is not JSON"),
        ('{"kind":"funnel","steps":[{"event":"\\ud800"}]}', "ada", 400, "q is not JSON"),
        ({"kind": "trends"}, "ada", 400, "trends"),
        ({**FUNNEL, "steps": []}, "ada", 400, "length"),
        ({**FUNNEL, "cohort": "x"}, "ada", 400, "cohort"),
        (FUNNEL, "x" * 256, 400, "255"),
    ],
    ids=["nobody chosen", "unknown", "broken", "empty", "half a character", "trends", "no steps", "cohort", "long id"],
)
def test_what_is_wrong_is_said_and_the_form_stays(tenant, explain, question, id_, status, said):
    answer = explain(question, id_)
    assert answer.status_code == status
    assert said in text_of(answer) + answer.content.decode()
    assert answer.context["id"] == id_ and 'id="why-id"' in answer.content.decode()


def test_another_tenants_person_is_nobody(tenant, explain):
    ada(make_tenant("Elsewhere"))
    assert explain(FUNNEL, "ada").status_code == 404


@pytest.mark.parametrize("question", [FUNNEL, RETENTION], ids=lambda question: question["kind"])
def test_people_behind_a_number_are_asked_why(tenant, get, question):
    ada(tenant)
    at = {"step": 1} if question is FUNNEL else {"cell": ["2026-10-01", 0]}
    content = get("people-behind", q=json.dumps({"kind": "actors", "of": question, "at": at})).content.decode()
    link = html.unescape(re.search(r'href="([^"]*insights/explain[^"]*)"', content)[1])
    named = {name: value[0] for name, value in parse_qs(urlsplit(link).query).items()}
    assert named["id"] == "ada"
    assert "Why Ada L counts" in text_of(get("insights/explain", **named))


def test_the_people_of_a_trend_are_not_asked_why(tenant, get):
    send(tenant, make_event("a", user_id="ann"))
    content = get("people-behind", q=json.dumps({"kind": "actors", "of": {"kind": "trends"}})).content.decode()
    assert "people/profile?id=ann" in content and "insights/explain" not in content


def test_a_funnels_answer_leads_here(tenant, get):
    content = get("insights/result", q=json.dumps(FUNNEL)).content.decode()
    assert "insights/explain?q=" in content


def test_hostile_names_and_ids_stay_text(tenant, explain):
    names = [name for name in CORPUS if len(name) <= 255]
    days = [{"timestamp": "2026-10-01T09:00:00Z", "user_id": f"h{number}"} for number in range(len(names))]
    send(tenant, *[make_event(name, **day) for name, day in zip(names, days, strict=True)])
    for number, name in enumerate(names):
        answer = explain({**FUNNEL, "steps": [{"event": name}, {"event": f"`{name}"}]}, f"h{number}")
        assert (answer.status_code, holes(answer)) == (200, [])
