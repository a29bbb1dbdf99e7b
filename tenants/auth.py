"""From a key or a session to the tenant that is asking."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from obc_analytics.errors import ObcError, Unauthorized
from tenants.models import ApiKey, KeyKind, Tenant, digest_of
from tenants.scope import operator_scope

CACHE_SECONDS = 5.0  # how long a revoked key, or a changed tenant, may still be taken as it was
CACHE_KEYS = 10_000
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """What the paths of events and questions need to know of a tenant."""

    id: uuid.UUID
    slug: str
    name: str
    timezone: str = "UTC"
    allowed_origins: tuple[str, ...] = ()
    events_per_minute: int | None = None
    events_per_month: int | None = None
    drop_bots: bool = True
    archives: bool = False
    internal_cohort: uuid.UUID | None = None

    @classmethod
    def of(cls, tenant: Tenant) -> TenantConfig:
        return cls(
            id=tenant.id,
            slug=tenant.slug,
            name=tenant.name,
            timezone=tenant.timezone,
            allowed_origins=tuple(tenant.allowed_origins),
            events_per_minute=tenant.events_per_minute,
            events_per_month=tenant.events_per_month,
            drop_bots=tenant.drop_bots,
            archives=tenant.hot_days is not None,
            internal_cohort=tenant.internal_cohort,
        )


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A valid key's owner. Stands in for a user where REST framework wants one."""

    tenant: TenantConfig
    key_id: uuid.UUID
    kind: str
    scopes: frozenset[str]
    name: str

    is_authenticated = True
    is_anonymous = False
    is_superuser = False
    is_staff = False
    pk = None

    @property
    def writes(self) -> bool:
        return self.kind == KeyKind.WRITE


_cache: dict[str, tuple[float, KeyHolder | None]] = {}


def forget_keys() -> None:
    """Drop what this process remembers, after a change of a key or a tenant."""
    _cache.clear()


def find_key(key: str) -> KeyHolder | None:
    """Whose key this is; None for an unknown or revoked one. Remembered for CACHE_SECONDS."""
    digest = digest_of(key)
    known = _remembered(digest)
    return known[1] if known else _look_up(digest)


async def afind_key(key: str) -> KeyHolder | None:
    """`find_key` for the event loop: a remembered key costs no thread hop."""
    digest = digest_of(key)
    known = _remembered(digest)
    return known[1] if known else await asyncio.to_thread(_look_up_in_thread, digest)


def _remembered(digest: str) -> tuple[float, KeyHolder | None] | None:
    known = _cache.get(digest)
    return known if known and known[0] > time.monotonic() else None


def _look_up(digest: str) -> KeyHolder | None:
    with operator_scope():
        row = ApiKey.objects.select_related("tenant").filter(digest=digest, revoked_at=None).first()
        if row and row.kind == KeyKind.SECRET:
            touch([row.id])
    holder = _holder(row) if row else None
    if len(_cache) >= CACHE_KEYS:  # somebody is guessing keys
        _cache.clear()
    _cache[digest] = (time.monotonic() + CACHE_SECONDS, holder)
    return holder


def _holder(row: ApiKey) -> KeyHolder:
    return KeyHolder(
        tenant=TenantConfig.of(row.tenant),
        key_id=row.id,
        kind=row.kind,
        scopes=frozenset(row.scopes),
        name=row.name,
    )


def _look_up_in_thread(digest: str) -> KeyHolder | None:
    try:
        return _look_up(digest)
    finally:
        close_old_connections()


def touch(key_ids: list[uuid.UUID]) -> None:
    """Note that these keys were used, at most once a minute each. Call in an operator's scope."""
    now = timezone.now()
    stale = ApiKey.objects.filter(id__in=key_ids).exclude(last_used_at__gt=now - TOUCH_EVERY)
    stale.update(last_used_at=now)


def key_from(
    headers: Mapping[str, str],
    query: Mapping[str, str],
    body_key: str | None = None,
    *,
    secret_in_url: bool = False,
) -> str:
    """The key of a request: Authorization: Bearer, X-Api-Key, ?key= or the body's "api_key".

    `headers` has lower-case names. Raises Unauthorized when there is none, and for a secret key in
    a URL: addresses end up in logs and histories.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if header := headers.get("x-api-key", "").strip():
        return header
    if in_url := query.get("key", ""):
        if in_url.startswith("obc_sk_") and not secret_in_url:
            raise Unauthorized("A secret key must not stand in a URL: send it as Authorization: Bearer <key>.")
        return in_url
    if isinstance(body_key, str) and body_key:
        return body_key
    raise Unauthorized


def origin_allowed(tenant: TenantConfig, origin: str | None) -> bool:
    """Whether a browser page of that origin may send to the tenant. No origin: not a browser's page."""
    if origin is None or not tenant.allowed_origins:
        return True
    origin = origin.lower().rstrip("/")
    return any(_matches(origin, allowed.lower().rstrip("/")) for allowed in tenant.allowed_origins)


def _matches(origin: str, allowed: str) -> bool:
    scheme, _, host = allowed.partition("://")
    if not host.startswith("*."):
        return origin == allowed
    origin_scheme, _, origin_host = origin.partition("://")
    return origin_scheme == scheme and origin_host.endswith(host[1:]) and len(origin_host) > len(host) - 1


class KeyAuthentication(BaseAuthentication):
    """REST framework: `request.auth` and `request.user` become the key's holder."""

    def authenticate(self, request: Any) -> tuple[KeyHolder, KeyHolder] | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        has_key = headers.get("x-api-key") or headers.get("authorization", "").lower().startswith("bearer ")
        if not has_key and not request.query_params.get("key"):
            return None  # a session, perhaps
        try:
            holder = find_key(key_from(headers, request.query_params))
        except ObcError as error:
            raise AuthenticationFailed(error.message) from error
        if holder is None:
            raise AuthenticationFailed("This key is not known, or was revoked.")
        return holder, holder

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"
