"""One JSON object a line on stderr. Keys, passwords, people's addresses and events' contents never reach it."""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import time

# what may stand in a logged URL, header or message
SECRETS = re.compile(
    r"obc_(?:pk|sk)_[A-Za-z0-9_-]+"
    r"|(?<=[?&])(?:key|token|api_key|password)=[^&\s\"']+"
    r"|(?<=bearer )\S+"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)",  # the password of a database's URL
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:]))", re.IGNORECASE
)
# PostgreSQL repeats the values of a row it refuses
VALUES = re.compile(r"(^|\\n)(DETAIL|CONTEXT):.*$", re.MULTILINE)  # on a line of its own, or in a repr
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    text = SECRETS.sub("[secret]", text)
    text = EMAIL.sub("[email]", text)
    text = ADDRESS.sub(_address, text)
    return VALUES.sub(r"\1\2: [values]", text)


def _address(match: re.Match[str]) -> str:
    """A machine's own address says nothing of a person; a time of day is no address."""
    try:
        return match[0] if ipaddress.ip_address(match[0]).is_loopback else "[address]"
    except ValueError:
        return match[0]


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in STANDARD and isinstance(value, str | int | float | bool | None):
                entry[name] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False, default=str)
