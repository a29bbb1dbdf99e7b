"""The data dictionary: counted once each by job and reader, whatever lies in segments and tail; and what people say."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from events.dictionary import counting, growing, reading, telling
from events.models import DictionaryName, DictionaryState, NameKind, Watermark
from events.query import run
from events.segments.cut import cut
from obc_analytics.errors import BadRequest, NotFound
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope
from tests.factories import make_event, make_tenant, send
from tests.oracle import dictionary as oracle

pytestmark = pytest.mark.django_db(transaction=True)

PICK = random.Random(5)
VALUES = ["free", "team", 5, 5.5, True, None, [1, "a"], {"deep": 1}, "", "x" * 300, 'say "hi"', "\u202e~/'"]
NAMES = ["plan", "$x", "a/b~c", "", "ключ", "n" * 255, "n" * 256, "*"]


@pytest.fixture
def tenant(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.forget()
    return make_tenant()


def some_events(count):
    """Of the last 60 days and an hour ahead, with any name and value."""
    made = []
    for _ in range(count):
        moment = now() - timedelta(hours=PICK.randrange(-1, 60 * 24), seconds=PICK.randrange(3_000))
        properties = {name: PICK.choice(VALUES) for name in PICK.sample(NAMES, PICK.randrange(4))}
        name = PICK.choice(["search", "signup", "$identify", "$profile"])
        if name.startswith("$"):
            properties[PICK.choice(oracle.OPERATIONS)] = PICK.choice(
                [{"city": PICK.choice(VALUES), "n": 1}, ["city"], 5]
            )
        made.append(make_event(name, timestamp=moment.isoformat(), user_id="ada", properties=properties))
    return made


def read(tenant, kind="event"):
    return reading.read(TenantConfig.of(tenant), kind)


def all_names(tenant):
    return [name for kind in NameKind.values for name in read(tenant, kind).names]


def checked(tenant, sent):
    """The dictionary is what the oracle counts over all that was sent."""
    found = {(name.kind, name.name): name for name in all_names(tenant)}
    assert read(tenant).counts == Counter(kind for kind, _ in found)
    told = oracle.dictionary(sent, now().date())
    told = {key: value for key, value in told.items() if 1 <= len(key[1]) <= 255}
    assert found.keys() == told.keys()
    for key, want in told.items():
        name = found[key]
        assert (name.volume(now().date()), name.first_seen, name.last_seen) == (
            want["volume"],
            want["first"],
            want["last"],
        ), key
        assert set(name.types) == want["types"], key
        assert name.events == dict(want["events"]), key
        assert len(name.examples) <= 5 and set(name.examples) <= want["examples"], key
        assert name.examples or not want["examples"] - {"", "null"}, key


def test_names_are_counted_once_each_whatever_is_cut_and_counted_meanwhile(tenant):
    sent = some_events(40)
    send(tenant, *sent)
    checked(tenant, sent)
    for step in ("cut", "count", "send", "cut", "send", "count", "count"):
        if step == "cut":
            cut(tenant.id)
        elif step == "count":
            growing.grow(tenant.id)
        else:
            more = some_events(20)
            sent += more
            send(tenant, *more)
        checked(tenant, sent)
    with tenant_scope(tenant.id):
        assert DictionaryState.objects.get().seq == Watermark.objects.get().seq


def test_a_job_that_is_killed_before_its_commit_has_counted_nothing(tenant, monkeypatch):
    sent = some_events(10)
    send(tenant, *sent)
    cut(tenant.id)
    with monkeypatch.context() as patch:
        patch.setattr(growing, "_save", lambda names: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            growing.grow(tenant.id)
    checked(tenant, sent)
    growing.grow(tenant.id)
    checked(tenant, sent)


def test_a_second_job_that_counted_the_same_rows_adds_nothing(tenant, monkeypatch):
    sent = some_events(10)
    send(tenant, *sent)
    cut(tenant.id)
    counted = growing._count

    def overtaken(*arguments):
        result = counted(*arguments)
        monkeypatch.setattr(growing, "_count", counted)
        growing.grow(tenant.id)
        return result

    monkeypatch.setattr(growing, "_count", overtaken)
    assert growing.grow(tenant.id) == 0
    checked(tenant, sent)


def test_after_an_erasure_all_is_counted_anew_and_what_people_said_stays(tenant):
    send(tenant, make_event("gone"), make_event("kept"))
    cut(tenant.id)
    growing.grow(tenant.id)
    telling.tell(TenantConfig.of(tenant), "event", "gone", telling.Words(description="Once"))
    with tenant_scope(tenant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE watermarks SET seq = 0, erase_version = 1")
        cursor.execute("DELETE FROM analytics_events WHERE event_name = 'gone'")
        cursor.execute("UPDATE segments SET replaced_at = now()")
    cut(tenant.id)
    growing.grow(tenant.id)
    found = {name.name: (name.volume(now().date()), name.description) for name in read(tenant).names}
    assert found == {"gone": (0, "Once"), "kept": (1, "")}


def test_names_past_the_cap_leave_the_rarest_out_and_it_is_said(tenant, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 3)
    send(tenant, *[make_event("often") for _ in range(3)], *[make_event("rare") for _ in range(2)], make_event("told"))
    cut(tenant.id)
    growing.grow(tenant.id)
    telling.tell(TenantConfig.of(tenant), "event", "told", telling.Words(verified=True))
    assert not read(tenant).capped
    flood = [make_event(f"noise {number}", properties={f"p{number}": 1}) for number in range(9)]
    send(tenant, *flood, make_event("told"))
    for _ in range(2):  # first as the tail, then as counted by the job
        found = read(tenant)
        volumes = {name.name: name.volume(found.today) for name in found.names}
        assert (volumes["often"], volumes["rare"], volumes["told"]) == (3, 2, 2)
        assert found.capped and read(tenant, "property").capped and not read(tenant, "profile").capped
        cut(tenant.id)
        growing.grow(tenant.id)
    with tenant_scope(tenant.id):
        assert set(DictionaryName.objects.filter(kind="event").values_list("name", flat=True)) == {
            "often", "rare", "told",
        }  # fmt: skip
        assert DictionaryName.objects.filter(kind="property").count() == 3


def test_many_rows_that_are_yet_to_be_counted_are_sampled_for_properties_only(tenant, monkeypatch):
    monkeypatch.setattr(reading, "SAMPLE", 5)
    send(tenant, *[make_event("x", properties={"plan": "a"}) for _ in range(20)])
    assert [read(tenant, kind).sampled for kind in ("event", "property")] == [False, True]
    assert {name.name: name.volume(now().date()) for name in all_names(tenant)} == {"x": 20, "plan": 5}


def test_words_are_kept_beside_counts_and_a_name_that_just_came_can_be_told_of(tenant):
    config = TenantConfig.of(tenant)
    send(tenant, make_event("new", properties={"plan": "a"}))
    told = telling.tell(config, "property", "plan", telling.Words(description="What they pay", hidden=True))
    assert (told.volume(now().date()), told.description, told.hidden, told.verified) == (
        1,
        "What they pay",
        True,
        False,
    )
    cut(tenant.id)
    growing.grow(tenant.id)
    telling.tell(config, "property", "plan", telling.Words(verified=True))
    found = read(tenant, "property")
    (plan,) = found.chosen(hidden=None)
    assert (plan.volume(found.today), plan.description, plan.hidden, plan.verified) == (1, "What they pay", True, True)
    assert found.chosen() == []


@pytest.mark.parametrize(("kind", "name"), [("event", "plan"), ("property", "never")])
def test_of_a_name_that_never_came_nothing_is_told(tenant, kind, name):
    send(tenant, make_event("new", properties={"plan": "a"}))
    with pytest.raises(NotFound):
        telling.tell(TenantConfig.of(tenant), kind, name, telling.Words(hidden=True))


WRONG = ([], {"hidden": "yes"}, {"name": "x"}, {"description": "x" * 1001}, {"description": "a\0b"})


@pytest.mark.parametrize("words", [*WRONG, {"description": "\ud800"}])
def test_wrong_words_are_refused(words):
    with pytest.raises(BadRequest):
        telling.words_of(words)
