"""/healthz (alive), /readyz (may requests come?), /metrics (Prometheus).

None of them needs a session, and only /readyz asks the database, on a connection of its own, at most once a
second and never for longer than TIMEOUT, so that it answers while the database does not.

Each process answers for itself: with several web processes, Prometheus scrapes each one's port.
In a graceful stop the edge answers 503 to every new request, /readyz among them.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from obc_analytics.worker import STALLED_AFTER

TIMEOUT = 1.5  # seconds for all checks
FRESH = 1.0  # seconds that an answer serves everybody who asks
MIB = 2**20
DISK_FULL = 64 * MIB  # PostgreSQL's next 16 MB of log may not fit any more
DISK_LOW = 1024 * MIB

log = logging.getLogger(__name__)
Connection = psycopg.Connection[Any]


class Failed(Exception):
    """What is wrong, for an operator to read. It is shown to anyone: no names, no addresses."""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` returns details or raises. `essential`: without it, no request can be served."""

    name: str
    look: Callable[[Connection], dict[str, Any]]
    essential: bool = True


@dataclass(slots=True)
class Answer:
    ready: bool
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        healthy = all(check["ok"] for check in self.checks.values())
        status = "ok" if self.ready and healthy else "degraded" if self.ready else "unavailable"
        return {"status": status, "checks": self.checks}


# --- views ------------------------------------------------------------------------------------------


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    answer = probe.answer()
    response = JsonResponse(answer.as_dict(), status=200 if answer.ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # else an error line a second while not ready
    return response


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_scrape(request):
        return HttpResponse("Send Authorization: Bearer <OBC_METRICS_TOKEN>, or ask from this machine.\n", status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def may_scrape(request: HttpRequest) -> bool:
    """The token's holder; or a process on this machine that speaks for nobody else."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return _from_here(request)


def _from_here(request: HttpRequest) -> bool:
    # a proxy on this machine that we were not told of: whoever it speaks for is not here
    forwarded = {"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} & set(request.headers)
    if forwarded and not settings.BEHIND_PROXY:
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


# --- checks -----------------------------------------------------------------------------------------

_migrated = False  # once all are applied they stay so while this process runs


def look_at_database(connection: Connection) -> dict[str, Any]:
    began = time.perf_counter()
    connection.execute("SELECT 1")
    return {"ms": round((time.perf_counter() - began) * 1000, 1)}


def look_at_migrations(connection: Connection) -> dict[str, Any]:
    global _migrated
    if not _migrated:
        missing = missing_migrations(connection)
        if missing:
            raise Failed(f"{len(missing)} migrations are to be applied: manage.py migrate")
        _migrated = True
    return {}


def missing_migrations(connection: Any) -> set[tuple[str, str]]:
    return _on_disk() - _applied(connection)


def _on_disk() -> set[tuple[str, str]]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return set(loader.disk_migrations)


def _applied(connection: Any) -> set[tuple[str, str]]:
    if connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone() == (True,):
        return set()
    return {(app, name) for app, name in connection.execute("SELECT app, name FROM django_migrations").fetchall()}


def look_at_worker(connection: Connection) -> dict[str, Any]:
    """Not essential: events are taken in without it, and taking the web process out would help nobody."""
    row = connection.execute(
        "SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers"
    ).fetchone()
    age = row[0] if row else None
    if age is None:
        raise Failed("no worker has ever run: manage.py worker")
    if age > STALLED_AFTER.total_seconds():
        raise Failed(f"the last heartbeat is {age:.0f} s old: manage.py worker")
    return {"heartbeat_age_s": round(age, 1)}


def look_at_disk(connection: Connection | None = None) -> dict[str, Any]:
    """Free space of the data folder, where the embedded PostgreSQL lies, too."""
    folder = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    free = shutil.disk_usage(folder).free
    if free < DISK_FULL:
        raise Failed(f"{free // MIB} MB are free on the data folder's disk")
    return {"free_mb": free // MIB}


def look_for_space(connection: Connection | None = None) -> dict[str, Any]:
    """The early warning of `disk`."""
    found = look_at_disk()
    if found["free_mb"] * MIB < DISK_LOW:
        raise Failed(f"only {found['free_mb']} MB are free on the data folder's disk")
    return {}


# --- asking, once for everybody ---------------------------------------------------------------------


class Probe:
    """Runs the checks in a thread; whoever asks meanwhile shares that run's answer."""

    def __init__(self, checks: list[Check]) -> None:
        self.checks = checks
        self._lock = threading.Lock()
        self._running: Future[Answer] | None = None
        self._last: tuple[float, Answer] | None = None
        self._connection: Connection | None = None

    def answer(self) -> Answer:
        """As of at most FRESH seconds ago; within TIMEOUT."""
        with self._lock:
            if self._last and time.monotonic() - self._last[0] < FRESH:
                return self._last[1]
            if self._running is None:
                self._running = Future()
                threading.Thread(target=self._run, args=(self._running,), name="readyz", daemon=True).start()
            running = self._running
        try:
            return running.result(TIMEOUT)
        except NotInTime:
            return Answer(False, {"database": {"ok": False, "error": f"no answer within {TIMEOUT} s"}})

    def _run(self, future: Future[Answer]) -> None:
        try:
            answer = self._look()
        except Exception:
            log.exception("The readiness checks failed")
            answer = Answer(False)
        with self._lock:
            self._last, self._running = (time.monotonic(), answer), None
        future.set_result(answer)

    def _look(self) -> Answer:
        self._drop_if_dead()
        answer = Answer(True)
        for check in self.checks:
            found = self._one(check)
            answer.checks[check.name] = found
            if not found["ok"] and check.essential:
                answer.ready = False
                if check.name == "database":
                    break  # nobody else can be asked
        return answer

    def _one(self, check: Check) -> dict[str, Any]:
        try:
            return {"ok": True, **check.look(self._connected())}
        except Failed as failed:
            return {"ok": False, "error": str(failed)}
        except Exception as error:
            self._drop()
            if not isinstance(error, psycopg.Error):
                log.exception("The check %s failed", check.name)
            return {"ok": False, "error": type(error).__name__}

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect()
        return self._connection

    def _drop_if_dead(self) -> None:
        """A connection that died while it was idle says nothing of the database that came back."""
        try:
            if self._connection is not None:
                self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def connect() -> Connection:
    """A connection of the checks' own: Django's pool may be what is exhausted."""
    parameters = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    options = f"{parameters.get('options', '')} -c statement_timeout=1000".strip()
    own = {"options": options, "connect_timeout": 2, "application_name": "obc-readyz", "tcp_user_timeout": 2000}
    return psycopg.connect(**{**parameters, **own}, autocommit=True)


probe = Probe(
    [
        Check("database", look_at_database),
        Check("migrations", look_at_migrations),
        Check("disk", look_at_disk),
        Check("disk_space", look_for_space, essential=False),
        Check("worker", look_at_worker, essential=False),
    ]
)


def add(check: Check) -> None:
    """Another app's check, before the server starts."""
    if check.name not in {known.name for known in probe.checks}:
        probe.checks.append(check)
