"""Errors, web vitals and forms as pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from dashboards.models import Annotation
from dashboards.quality import measured
from tenants.scope import tenant_scope
from tests.dashboards.test_hostile import CORPUS, holes
from tests.factories import make_event, send

pytestmark = pytest.mark.django_db(transaction=True)
STACK = "TypeError: x\n    at load (https://a.example/m.js:1:2)"


@pytest.fixture
def page(tenant, sign_in):
    client = sign_in(tenant, "viewer")

    def get(path, query=None, **headers):
        headers = {"HX-Request": "true", **headers}
        return client.get(f"/t/{tenant.slug}/quality/{path}", query or {}, headers=headers)

    return get


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def error(user="ada", **properties):
    return make_event("error", user_id=user, page_url="https://a.example/cart", properties=properties)


def test_errors_are_one_line_for_each_cause_with_its_users(tenant, page):
    send(tenant, *[error(f"u{n % 2}", type="TypeError", message=f"order {n} failed", stack=STACK) for n in range(4)])
    send(tenant, error(type="RangeError", message="other"))
    shown = page("errors/")
    assert "TypeError order # failed" in text(shown)
    assert "load /m.js" in text(shown)
    assert re.search(r'number">4</td><td class="number">2<', shown.content.decode())
    assert "Causes 2" in text(shown)


def test_a_cause_has_its_stack_and_leads_to_the_raw_events(tenant, page):
    sent = error(type="TypeError", message="order 5 failed", stack=STACK)
    send(tenant, sent)
    address = re.search(r"quality/errors/([0-9a-f]{16})", page("errors/").content.decode()).group(1)
    shown = page(f"errors/{address}")
    assert "at load (https://a.example/m.js:1:2)" in text(shown)
    assert f"events/detail?id={sent['event_id']}" in shown.content.decode()
    assert "/cart" in text(shown)


@pytest.mark.parametrize("path, event", [("errors/", error(message="x")), ("forms/", make_event("form_start"))])
def test_a_dated_note_stands_on_the_chart(tenant, page, path, event):
    send(tenant, event)
    with tenant_scope(tenant.id):
        Annotation.objects.create(tenant_id=tenant.id, day=datetime.now(UTC).date(), text="Release 7")
    assert "Release 7" in text(page(path))


def test_the_filters_of_the_bar_hold_and_go_along_to_the_pages_beside(tenant, page):
    send(tenant, error("ada", type="A", message="one"), error("bob", type="B", message="two"))
    query = {"f": "$user_id~is_not_set", "range": "24h"}
    assert "No error was reported" in text(page("errors/", query))
    frame = page("errors/", query, **{"HX-Request": ""}).content.decode()
    for beside in ("quality/vitals/", "quality/forms/", "overview/", "events/"):
        assert f'{beside}?f=%24user_id~is_not_set&amp;range=24h"' in frame
    assert f'/t/{tenant.slug}/live/"' in frame


def test_sorting_is_in_the_address_and_kept_by_the_other_links(tenant, page):
    send(tenant, error(message="x"))
    assert 'href="?sort=users&amp;range=30d"' in page("errors/", {"range": "30d"}).content.decode()
    assert re.search(r'aria-current="true">Users<', page("errors/", {"sort": "users"}).content.decode())
    assert page("errors/", {"sort": "'; DROP"}).status_code == 200


@pytest.mark.parametrize("group", ["0" * 16, "nonsense", "$other", "%00"])
def test_a_forged_cause_is_told_in_its_tile(page, group):
    response = page(f"errors/{group}")
    assert response.status_code == 404
    told = text(response).replace("&#x27;", "'")
    assert "can't be shown" in told and "regex" not in told


def vital(metric, value, **fields):
    return make_event(
        "web_vital", page_url="https://a.example/home", properties={"metric": metric, "value": value}, **fields
    )


def test_vitals_are_judged_by_web_devs_thresholds(tenant, page):
    send(tenant, vital("LCP", 2500), vital("CLS", 0.3), vital("INP", 201))
    shown = page("vitals/").content.decode()
    for metric, word, value in (("LCP", "good", "2.50 s"), ("CLS", "poor", "0.3"), ("INP", "needs work", "201 ms")):
        assert re.search(rf'kpi-label">{metric} <span class="tag \w+">{word}</span></span><span[^>]*>{value}<', shown)
    assert "/home" in shown
    assert [f'"format": "{kind}"' in shown for kind in ("milliseconds", "share")] == [True, False]


def test_a_device_and_a_metric_are_chosen_in_the_address(tenant, page):
    send(tenant, vital("LCP", 100, device_info={"device_type": "mobile"}), vital("CLS", 0.5))
    shown = page("vitals/", {"device": "mobile", "metric": "LCP"}).content.decode()
    assert "LCP, distribution" in shown
    assert 'kpi-label">CLS' not in shown
    assert page("vitals/", {"device": "x'", "metric": "<b>"}).status_code == 200


@pytest.mark.parametrize(
    "metric, value, said",
    [("LCP", 2310.4, "2.31 s"), ("INP", 180.4, "180 ms"), ("CLS", 0.08, "0.08"), ("CLS", 0, "0"), ("LCP", None, "–")],
)
def test_a_measurement_is_said_with_its_unit(metric, value, said):
    assert measured(metric, value) == said


def test_forms_show_how_each_attempt_ended(tenant, page):
    login = {"form": "login"}
    send(
        tenant,
        make_event("form_start", user_id="a", timestamp="2026-11-20T10:00:00Z", properties=login),
        make_event("form_submit", user_id="a", timestamp="2026-11-20T10:00:30Z", properties={**login, "success": True}),
        make_event("form_start", user_id="b", timestamp="2026-11-20T10:00:00Z", properties=login),
        make_event(
            "form_abandon", user_id="b", timestamp="2026-11-20T10:01:00Z", properties={**login, "field": "mail"}
        ),
    )
    shown = page("forms/", {"range": "2026-11-19..2026-11-21"})
    assert "login 2" in text(shown)
    assert "1 50%" in text(shown)
    assert "30.0 s" in text(shown)
    assert "mail 1 0" in text(shown)


def test_filters_of_the_address_hold(tenant, page):
    send(tenant, error("ada", message="hers"), error("bob", message="his"))
    shown = text(page("errors/", {"f": "$distinct_id~is~bob"}))
    assert "his" in shown
    assert "hers" not in shown


TEACHES = [("errors/", 'track("error"'), ("vitals/", 'track("web_vital"'), ("forms/", "useFormTracking")]


@pytest.mark.parametrize("path, teaches", TEACHES)
def test_an_empty_page_says_what_to_send(page, path, teaches):
    assert teaches in page(path).content.decode()


@pytest.mark.parametrize("path", ["errors/", "vitals/", "forms/", "errors/0123456789abcdef"])
def test_the_frame_comes_without_waiting_for_a_question(page, tenant, monkeypatch, path):
    monkeypatch.setattr("dashboards.views.quality.run", None)
    response = page(path, {"range": "30d"}, **{"HX-Request": ""})
    assert response.status_code == 200
    assert f'hx-get="/t/{tenant.slug}/quality/{path}?range=30d"' in response.content.decode()


def failing(message):
    return {"success": False, "errors": [message]}


def test_hostile_texts_render_as_text(tenant, page):
    for word in CORPUS:
        cut = word[:900]
        send(
            tenant,
            error(type=cut, message=cut, stack=f"at {cut} ({cut}:1:1)", release=cut),
            vital("LCP", 100, device_info={"device_type": cut[:60], "browser": cut[:60]}),
            make_event("form_start", user_id=cut[:200], properties={"form": cut}),
            make_event("form_submit", user_id=cut[:200], properties={"form": cut, "field": cut, **failing(cut)}),
        )
    shown = page("errors/")
    groups = set(re.findall(r"quality/errors/([0-9a-f]{16})", shown.content.decode()))
    assert len(groups) == len(CORPUS)
    for response in (shown, page("vitals/"), page("forms/"), *[page(f"errors/{group}") for group in groups]):
        assert response.status_code == 200
        assert holes(response) == []
