"""`python -m events.bench.questions.clickhouse_child FOLDER`: chDB answers lines of JSON with lines of JSON.

A process of its own: ClickHouse brings a runtime and an allocator that would share ours.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main(folder: str) -> None:
    from chdb import session  # type: ignore[import-not-found]

    engine = session.Session(folder)
    engine.query("SET max_threads = 2")
    print(json.dumps({"version": str(engine.query("SELECT version()")).strip().strip('"')}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            print(json.dumps(answer(engine, wanted["sql"], wanted["values"])), flush=True)
        except Exception as error:
            print(json.dumps({"error": str(error)[:2000]}), flush=True)


def answer(engine: Any, sql: str, values: dict[str, str]) -> dict[str, Any]:
    began = time.perf_counter()
    found = engine.query(sql, "JSONCompactEachRow", params=values)
    took = (time.perf_counter() - began) * 1000
    return {"ms": took, "rows": [json.loads(row) for row in str(found).splitlines() if row]}


if __name__ == "__main__":
    main(sys.argv[1])
