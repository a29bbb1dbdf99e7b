"""What a definition may say, and the path of what it may not."""

from __future__ import annotations

import pytest

from events.cohorts.types import parse_definition, to_plain
from obc_analytics.errors import BadRequest

SEARCHED = {"type": "behaviour", "event": "search", "times": "at_least", "n": 3, "last_days": 30}
MANY = {"type": "all", "conditions": [SEARCHED] * 20}


def nested(depth):
    found = SEARCHED
    for _ in range(depth - 1):
        found = {"type": "not", "condition": found}
    return found


def test_a_definition_comes_back_with_its_defaults():
    given = {"type": "any", "conditions": [SEARCHED, {"type": "property", "property": "profile:plan", "value": "pro"}]}
    kept = to_plain(parse_definition(given))
    assert kept["conditions"][0] == {**SEARCHED, "filters": (), "between": None}
    assert kept["conditions"][1] == {"type": "property", "property": "profile:plan", "op": "is", "value": "pro"}
    assert parse_definition(kept) == parse_definition(given)


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({}, "$"),
        ([], "$"),
        (None, "$"),
        ({"type": "nobody"}, "$.type"),
        ({"type": "all", "conditions": []}, "$.conditions"),
        ({"type": "all", "conditions": [SEARCHED] * 31}, "$.conditions"),
        ({"type": "any", "conditions": [MANY, MANY]}, "$.conditions[1].conditions[10]"),
        (nested(6), "$.condition.condition.condition.condition.condition"),
        (nested(3_000), "$"),
        ({**SEARCHED, "n": 0}, "$"),
        ({**SEARCHED, "n": -1}, "$.n"),
        ({**SEARCHED, "times": "often"}, "$.times"),
        ({**SEARCHED, "last_days": 0}, "$.last_days"),
        ({**SEARCHED, "between": {"from": "2026-10-01", "to": "2026-10-02"}}, "$"),
        ({"type": "behaviour", "between": {"from": "2026-10-02", "to": "2026-10-01"}}, "$.between"),
        ({"type": "behaviour", "between": {"from": "2026-02-31", "to": "2026-10-01"}}, "$.between"),
        ({"type": "behaviour", "event": ""}, "$.event"),
        ({"type": "behaviour", "filters": [{"property": "a", "op": "in", "value": 1}]}, "$.filters[0]"),
        ({"type": "behaviour", "filters": [{"property": "$nothing", "value": 1}]}, "$"),
        ({"type": "behaviour", "filters": [{"property": "cohort:x", "value": "true"}]}, "$"),
        ({"type": "not", "condition": {"type": "property", "property": "plan", "value": 1}}, "$.condition"),
        ({"type": "property", "property": "cohort:x", "value": "true"}, "$"),
        ({"type": "property", "property": "profile:x", "op": "between", "value": 1}, "$"),
        ({"type": "property", "property": "profile:x", "surplus": 1}, "$"),
    ],
    ids=range(24),
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_path(definition, path):
    with pytest.raises(BadRequest) as caught:
        parse_definition(definition, "$.definition")
    assert caught.value.details["path"] == "$.definition" + path.removeprefix("$")
