"""Quotas of a tenant: events a minute (the request waits, 429) and a month (events are dropped, and counted).

The minute's is a bucket that one request may overdraw, so that a batch larger than the quota passes
too and later ones wait for it. It is kept in the process; with Redis, processes tell each other once
a second what they let through. The month's is read from the ledger every REFRESH_SECONDS.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Sum
from django.utils.timezone import now

from events.models import IngestOutcome, Outcome
from obc_analytics.errors import OverQuota
from tenants.auth import TenantConfig
from tenants.scope import tenant_scope

REFRESH_SECONDS = 30.0
SHARE_SECONDS = 1.0
NEVER = 3_600.0  # what a quota of nothing tells its senders to wait

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Bucket:
    """Fills by `per_minute` a minute, up to that much."""

    per_minute: int
    level: float
    filled_at: float  # monotonic seconds
    unshared: int = 0
    shared_total: int | None = None

    def take(self, events: int, moment: float) -> float:
        """Seconds to wait; 0 when the events may pass now, which takes them out."""
        rate = self.per_minute / 60
        self.level = min(self.per_minute, self.level + (moment - self.filled_at) * rate)
        self.filled_at = moment
        if self.level < 1:
            return max(1.0, (1 - self.level) / rate) if rate else NEVER
        self.level -= events
        self.unshared += events
        return 0.0

    def learn(self, total: int) -> None:
        """`total`: what all processes let through, as Redis knows it once ours is added."""
        own, self.unshared = self.unshared, 0
        if self.shared_total is not None:
            self.level -= max(0, total - self.shared_total - own)
        self.shared_total = total


_buckets: dict[uuid.UUID, Bucket] = {}
_months: dict[uuid.UUID, tuple[float, int]] = {}  # when it was read (monotonic), events stored
_lock = threading.Lock()
_sharing: threading.Thread | None = None


def spend_minute(tenant: TenantConfig, events: int) -> None:
    """Raises OverQuota, with the seconds to wait, when the tenant's minute is used up."""
    if tenant.events_per_minute is None:
        return
    with _lock:
        moment = time.monotonic()
        bucket = _buckets.get(tenant.id)
        if bucket is None or bucket.per_minute != tenant.events_per_minute:
            bucket = Bucket(tenant.events_per_minute, float(tenant.events_per_minute), moment)
            _buckets[tenant.id] = bucket
        wait = bucket.take(events, moment)
    if settings.REDIS_URL:
        _share()
    if wait:
        raise OverQuota(
            f"This tenant may send {tenant.events_per_minute:,} events a minute.", retry_after=math.ceil(wait)
        )


def over_month(tenant: TenantConfig) -> bool:
    """Whether the tenant's month is used up, as known at most REFRESH_SECONDS ago. Never waits."""
    if tenant.events_per_month is None:
        return False
    known = _months.get(tenant.id)
    if known is None or time.monotonic() - known[0] > REFRESH_SECONDS:
        _months[tenant.id] = (time.monotonic(), known[1] if known else 0)  # one refresh at a time
        threading.Thread(target=_refresh_in_thread, args=(tenant.id,), daemon=True).start()
    return _months[tenant.id][1] >= tenant.events_per_month


def refresh_month(tenant_id: uuid.UUID) -> int:
    """Read from the ledger how many events the tenant stored this month (UTC)."""
    start = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with tenant_scope(tenant_id):
        lines = IngestOutcome.objects.filter(tenant_id=tenant_id, outcome=Outcome.OK, minute__gte=start)
        used = lines.aggregate(used=Sum("count"))["used"] or 0
    _months[tenant_id] = (time.monotonic(), used)
    return used


def forget() -> None:
    """Drop what this process knows of quotas."""
    with _lock:
        _buckets.clear()
        _months.clear()


def _refresh_in_thread(tenant_id: uuid.UUID) -> None:
    try:
        refresh_month(tenant_id)
    except Exception:  # the database may be away; the next refresh is REFRESH_SECONDS away
        log.warning("The month's use of a tenant could not be read", exc_info=True)
    finally:
        close_old_connections()


def _share() -> None:
    global _sharing
    with _lock:
        if _sharing is None or not _sharing.is_alive():
            _sharing = threading.Thread(target=_share_for_ever, name="quota", daemon=True)
            _sharing.start()


def _share_for_ever() -> None:
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    while True:
        time.sleep(SHARE_SECONDS)
        try:
            share_once(client)
        except redis.RedisError:  # alone until Redis is back: each process then allows the whole quota
            log.warning("Quotas can't be shared: Redis does not answer")


def share_once(client) -> None:
    """Tell Redis what this process let through and learn what the others did."""
    for tenant_id, bucket in list(_buckets.items()):
        name = f"obc:quota:{tenant_id}"
        total, _ = client.pipeline().incrby(name, bucket.unshared).expire(name, 3600).execute()
        with _lock:
            bucket.learn(int(total))
