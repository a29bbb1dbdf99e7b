"""The child: `python -I -S child.py <folder of duckdb> <folder of this package>`. One job, one answer, the end.

It takes a line of JSON from its standard input: `{"sql", "setup": [statements], "paths": [files], "rows", "bytes",
"memory_mb"}`, and writes one: `{"columns", "rows", "truncated", "offline"}` or `{"error", "kind"}`. Its environment is
empty, it may not write a byte to a file, and its address space is bounded. Where the system allows it, the child has
an empty network of its own (`offline`); where not, the engine's own refusal stands alone. When its parent goes, its
input ends, and so does it.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import sys
from datetime import UTC, timedelta, tzinfo
from types import ModuleType

ADDRESS_SPACE = 3 * 2**30
CPU_S = 60  # for one whose parent was killed
NICER = 5  # events that come in, and questions of the engine, go first
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # linux/sched.h
PATH = re.compile(r"""(?:[A-Za-z]:)?/[^\s"'\])]*""")


def main() -> None:
    offline = _leave_the_network()  # before there are threads
    sys.path[:0] = [sys.argv[1], sys.argv[2]]
    import duckdb
    import statement
    import wire

    _zones()
    _bound()
    job = json.loads(sys.stdin.readline() or "null")
    if job is None:
        return
    os.nice(NICER)
    opened = False
    try:
        connection = _open(duckdb, job)
        opened = True
        statement.check(connection, job["sql"])
        answer = {**_ask(connection, job, wire.plain), "offline": offline}
    except statement.Refused as refused:
        answer = {"error": str(refused), "kind": "refused"}
    except (MemoryError, duckdb.OutOfMemoryException):
        answer = {"error": "The statement needs too much memory: narrow it.", "kind": "memory"}
    except RecursionError:
        answer = {"error": "The statement is nested too deep.", "kind": "refused"}
    except duckdb.Error as error:
        answer = {"error": clean(str(error)), "kind": "sql" if opened and not _is_ours(duckdb, error) else "unreadable"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _leave_the_network():
    """Whether the system took the network away. Only root may do it as it is; root in a user namespace would lose
    its way to files of others."""
    system = ctypes.CDLL(None)
    if not hasattr(system, "unshare"):
        return False
    if system.unshare(NEW_NETWORK) == 0:
        return True
    return os.geteuid() != 0 and system.unshare(NEW_USER | NEW_NETWORK) == 0


class _Utc(tzinfo):
    """What DuckDB calls of a zone of pytz."""

    def utcoffset(self, when):
        return timedelta()

    def dst(self, when):
        return timedelta()

    def tzname(self, when):
        return "UTC"

    def localize(self, when):
        return when.replace(tzinfo=UTC)


def _zones() -> None:
    """DuckDB asks pytz for the session's zone when it hands out an instant; here that is UTC, and cannot be set."""
    pytz = ModuleType("pytz")
    pytz.__dict__.update(utc=_Utc(), timezone=lambda name: _Utc())
    sys.modules["pytz"] = pytz


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU_S),
    ):
        resource.setrlimit(what, (most, most))


def _open(duckdb, job):
    """A fresh engine: the tail is read into it, then only the tenant's own files are left within its reach."""
    connection = duckdb.connect(config={
        "memory_limit": f"{job['memory_mb']}MB", "threads": 2, "autoinstall_known_extensions": False,
        "autoload_known_extensions": False, "temp_directory": "", "max_temp_directory_size": "0B",
        "python_enable_replacements": False, "allow_community_extensions": False,
    })  # fmt: skip
    connection.execute("SET TimeZone = 'UTC'")
    for each in job["setup"]:
        connection.execute(each)
    allowed = ", ".join("'" + path.replace("'", "''") + "'" for path in job["paths"])
    connection.execute(f"SET allowed_directories = []; SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    return connection


def _ask(connection, job, plain):
    result = connection.execute(job["sql"])
    columns = [{"name": name, "type": str(type_)} for name, type_, *_ in result.description or ()]
    rows: list = []
    size, truncated = 0, False
    while not truncated and (chunk := result.fetchmany(200)):
        for row in chunk:
            values = [plain(value) for value in row]
            size += len(json.dumps(values))
            if len(rows) >= job["rows"] or size > job["bytes"]:
                truncated = True
                break
            rows.append(values)
    return {"columns": columns, "rows": rows, "truncated": truncated}


def _is_ours(duckdb, error):
    """Whether a segment could not be read: no fault of the statement."""
    return isinstance(error, (duckdb.IOException, duckdb.SerializationException))


def clean(text):
    """DuckDB's message without paths of this machine and without its own hints about settings."""
    return PATH.sub("…", text)[:1_000]


if __name__ == "__main__":
    main()
