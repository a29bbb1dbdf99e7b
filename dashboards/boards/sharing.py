"""From a link's token to the one board that it opens. The only reads here before a tenant is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.http import QueryDict

from dashboards.boards.override import Override
from dashboards.cohorts.internal import lookup
from dashboards.models import Asker, ShareLink, Sharing
from dashboards.state import PageState
from obc_analytics.errors import NotFound, OverQuota
from tenants.auth import TenantConfig
from tenants.models import Role, digest_of
from tenants.scope import operator_scope

STRANGER = Asker(None, Role.VIEWER)  # sees what is shared with the whole tenant
WINDOW_S = 60
READS = 300  # of one address in a window: a board of 60 tiles, opened a few times
READERS = 10  # a link may be read by so many addresses at that pace
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an open link leads to."""

    link: ShareLink
    tenant: TenantConfig
    override: Override


def opened(token: str, address: str, moment: datetime) -> Opened:
    """Raises NotFound for an unknown, expired or revoked token, all alike, and OverQuota past READS."""
    digest = digest_of(token)
    _brake(digest, address)
    with operator_scope():
        link = ShareLink.objects.select_related("tenant", "board").filter(digest=digest).first()
        usable = link is not None and link.is_open(moment) and link.board.trashed_at is None
        if link is None or not usable or link.board.sharing != Sharing.SHARED:
            raise NotFound("This link is not open: it expired, was revoked, or never was.")
        if link.last_read_at is None or moment - link.last_read_at > TOUCH_EVERY:
            link.last_read_at = moment
            link.save(update_fields=["last_read_at"])
        tenant = TenantConfig.of(link.tenant)
    query = QueryDict(link.state)
    state = PageState.read(query, tenant.timezone, cohorts=lambda: lookup(tenant))
    return Opened(link, tenant, Override.read(query.dict(), state))


def _brake(digest: str, address: str) -> None:
    for what, most in ((digest, READS * READERS), (address, READS)):
        key = f"share-{hashlib.sha256(what.encode()).hexdigest()}"
        cache.add(key, 0, WINDOW_S)
        try:
            count = cache.incr(key)
        except ValueError:  # it expired between the two calls
            continue
        if count > most:
            raise OverQuota("This link is read too often. Wait a minute.", retry_after=WINDOW_S)
