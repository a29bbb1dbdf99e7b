"""Which errors are one: a pure function of type, message and stack."""

from __future__ import annotations

import pytest

from events.query.grouping import file_of, group_of, normalised, top_frame

V8 = "TypeError: x\n    at load (https://app.example/assets/main-4f3a2b1c.js:10:5)\n    at https://app.example/b.js:1:1"
FIREFOX = "load@https://app.example/assets/main-9b8c7d6e.js:99:1\n@https://app.example/b.js:1:1"
PYTHON = (
    'Traceback (most recent call last):\n  File "/app/a.py", line 3, in outer\n  File "/app/b.py", line 9, in inner'
)


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("Order 4711 not found", "Order # not found"),
        ("User 3f2a1b4c-0000-4000-8000-123456789abc is gone", "User <id> is gone"),
        ("GET https://app.example/a?b=1 failed with 500", "GET <url> failed with #"),
        ("at 0xdeadbeef or deadbeef1234", "at <id> or <id>"),
        ("Cannot read properties of undefined (reading 'id')", "Cannot read properties of undefined (reading 'id')"),
        ("a\n\n  b\t c", "a b c"),
    ],
)
def test_what_differs_between_occurrences_is_taken_out(raw, shown):
    assert normalised(raw) == shown


@pytest.mark.parametrize(
    "stack, frame",
    [
        (V8, "load /assets/main.js"),
        (FIREFOX, "load /assets/main.js"),
        (PYTHON, "inner /app/b.py"),
        ("Error: a@b.example\n    at async Client.get (/srv/app/client.js:3:7)", "Client.get /srv/app/client.js"),
        ("\tat com.example.Shop.buy(Shop.java:12)", "com.example.Shop.buy Shop.java"),
        ("no stack at all", ""),
        ("", ""),
    ],
)
def test_the_top_frame_is_found_in_each_browsers_words(stack, frame):
    assert top_frame(stack) == frame


def test_releases_lines_and_hosts_do_not_split_a_group():
    later = V8.replace("4f3a2b1c", "0a1b2c3d").replace(":10:5", ":812:77").replace("app.example", "eu.app.example")
    assert group_of("TypeError", "x is 5", V8) == group_of("TypeError", "x is 6", later)


def test_type_message_and_frame_each_split_a_group():
    hashes = {
        group_of(type_, message, stack).hash
        for type_, message, stack in [
            ("TypeError", "x", V8), ("RangeError", "x", V8), ("TypeError", "y", V8), ("TypeError", "x", PYTHON),
            (None, None, None),
        ]
    }  # fmt: skip
    assert len(hashes) == 5
    assert all(len(hash_) == 16 for hash_ in hashes)


FILES = [
    ("", ""),
    (":1:1", ""),
    ("https://", "/"),
    ("a.js:1", "a.js"),
    ("/a-4.6.0.js", "/a.js"),
    ("/x@1.2.3/a.js", "/x/a.js"),
    ("/a.min.js", "/a.min.js"),
]


@pytest.mark.parametrize("where, file", FILES)
def test_odd_places_are_no_error(where, file):
    assert file_of(where) == file


@pytest.mark.parametrize("text", ["(" * 100_000, "at " + "a (" * 50_000, "0" * 100_000, "a@" * 50_000, "-a1" * 40_000])
def test_a_huge_text_makes_a_bounded_group(text):
    group = group_of(text, text, text)
    assert max(len(group.type), len(group.message), len(group.frame)) <= 1_200
