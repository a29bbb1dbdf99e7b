"""Logs: one JSON object a line, without secrets or personal data."""

from __future__ import annotations

import json
import logging
import sys

import psycopg
import pytest

from obc_analytics import secrets_file
from obc_analytics.logs import JsonFormatter, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /x?key=abc&a=1", "GET /x?[secret]&a=1"),
        ("obc_sk_a-B_9 and obc_pk_x", "[secret] and [secret]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [secret]"),
        ("postgres://obc:p%40ss@db/obc", "postgres://[secret]@db/obc"),
        ("mary.o+x@mail.example.org wrote", "[email] wrote"),
        ("from 203.0.113.9:4433, 2001:db8::7", "from [address]:4433, [address]"),
        ("on 127.0.0.1 and ::1 at 10:00:00+00:00", "on 127.0.0.1 and ::1 at 10:00:00+00:00"),
        ("refused\nDETAIL:  Key (event_id)=(mary) exists.\nHINT: x", "refused\nDETAIL: [values]\nHINT: x"),
        ("E('refused\\nCONTEXT:  COPY x: mary')", "E('refused\\nCONTEXT: [values]"),
        ("version 18.6, python 3.11.2", "version 18.6, python 3.11.2"),
    ],
)
def test_what_is_nobodys_business_is_taken_out(text, shown):
    assert redact(text) == shown


def formatted(message, *args, exc_info=None, **extra):
    record = logging.LogRecord("obc", logging.INFO, "x.py", 1, message, args, exc_info)
    vars(record).update(extra)
    return JsonFormatter().format(record)


def test_a_line_is_one_json_object_whatever_it_says():
    line = formatted("two\nlines \u2028 %s", '"quoted"', seconds=1.5, request=object())
    assert "\n" not in line
    assert {"level", "logger", "message", "seconds", "time"} == set(json.loads(line))


def test_extras_and_exceptions_are_cleaned_too():
    try:
        raise psycopg.OperationalError("connection to postgres://obc:pw@host failed for mary@mail.example")
    except psycopg.OperationalError:
        line = formatted("x", exc_info=sys.exc_info(), url="/x?key=abc", who="mary@mail.example")
    assert "pw" not in line and "abc" not in line and "mary" not in line


def test_a_real_process_writes_no_key_and_no_persons_data(make_live_stack):
    stack = make_live_stack(OBC_LOG_LEVEL="DEBUG")
    person = {"user_id": "mary@mail.example", "properties": {"phone": "555-0199"}}
    bodies = [
        {"events": [{"event_name": "x", **person}, {"event_name": "", **person}]},
        {"events": "nonsense", **person},
    ]
    for body in bodies:
        for key in (stack.write_key, stack.secret_key, "obc_pk_wrongwrong"):
            stack.request("POST", f"/api/v1/analytics/batch?key={key}", body)
            stack.request("POST", "/api/v1/analytics/batch", body, key)
            stack.request("GET", f"/api/v1/analytics/events?key={key}&user_id=mary@mail.example")
            stack.request("GET", f"/nowhere?key={key}", None)
    stack.request("POST", "/login", b"username=mary@mail.example&password=tea-and-biscuits")
    stack.stop_postgres()
    stack.request("POST", f"/api/v1/analytics/batch?key={stack.write_key}", bodies[0])
    stack.request("GET", "/api/v1/analytics/stats", None, stack.secret_key)
    stack.stop_web()
    written = (stack.data_dir / "web.log").read_text()
    password = secrets_file.read(stack.data_dir, secrets_file.EMBEDDED)["password"]
    secrets = [stack.write_key, stack.secret_key, "wrongwrong", "mary", "555-0199", "tea-and", password]
    assert [secret for secret in secrets if secret in written] == []
    lines = written.splitlines()
    assert lines and all(json.loads(line)["message"] for line in lines)
