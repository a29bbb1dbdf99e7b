"""One JSON object a line on stderr. Keys, tokens and addresses never reach it."""

from __future__ import annotations

import json
import logging
import re
import time

# what may stand in a logged URL or message: our own keys, and any key=… of a query string
SECRET = re.compile(r"obc_(?:pk|sk)_[A-Za-z0-9_-]+|(?<=[?&]key=)[^&\s\"']+")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    return SECRET.sub("[key]", text)


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
