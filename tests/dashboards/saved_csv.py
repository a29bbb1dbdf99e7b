"""The CSV files that the browser saves of tables, made by the page's own script in Node."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings


def files_of(tables: list[list[list[SimpleNamespace]]], folder: Path) -> list[list[list[str]]]:
    """What chart-export.js saves of tables, read as CSV; it is run as it stands, without what draws."""
    script = Path(settings.BASE_DIR, "static/js/chart-export.js").read_text("utf-8")
    lines = [line for line in script.splitlines() if not line.startswith("import ")]
    cells = [[[{"dataset": {"value": cell.value} if cell.value is not None else {}, "textContent": cell.text}
               for cell in row] for row in table] for table in tables]  # fmt: skip
    folder.joinpath("export.mjs").write_text("\n".join([*lines, HARNESS % json.dumps(cells)]), "utf-8")
    run = subprocess.run(["node", "export.mjs"], cwd=folder, capture_output=True, text=True, check=True, timeout=20)
    return [list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))) for text in json.loads(run.stdout)]


HARNESS = """
const tables = %s, blobs = []
globalThis.CSS = { escape: String }
globalThis.setTimeout = () => 0
URL.createObjectURL = (blob) => blobs.push(blob)
let at = 0
globalThis.document = {
  querySelector: () => ({ rows: tables[at].map((cells) => ({ cells })) }),
  getElementById: () => ({ textContent: '{"file": {"name": "List"}}' }),
  createElement: () => ({ click() {} }),
}
for (at = 0; at < tables.length; at++) csv('any')
console.log(JSON.stringify(await Promise.all(blobs.map((blob) => blob.text()))))
"""
