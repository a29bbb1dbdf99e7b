"""A light brake on guessed passwords: failures are counted per name and per address."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_S = 300
PER_NAME = 10
PER_ADDRESS = 50  # an office behind one address has many people


def is_braked(username: str, address: str) -> bool:
    counts = cache.get_many([_name(username), _address(address)])
    return counts.get(_name(username), 0) >= PER_NAME or counts.get(_address(address), 0) >= PER_ADDRESS


def count_failure(username: str, address: str) -> None:
    for key in (_name(username), _address(address)):
        cache.add(key, 0, WINDOW_S)
        try:
            cache.incr(key)
        except ValueError:  # it expired between the two calls
            cache.set(key, 1, WINDOW_S)


def forget(username: str) -> None:
    cache.delete(_name(username))


def address_of(request: HttpRequest) -> str:
    """The client's address: the last hop's word behind a trusted proxy, else the socket's."""
    if settings.BEHIND_PROXY and (hops := request.headers.get("X-Forwarded-For")):
        return hops.rsplit(",", 1)[-1].strip()
    return request.META.get("REMOTE_ADDR", "")


def _name(username: str) -> str:
    return f"login-name-{hashlib.sha256(username.strip().lower().encode()).hexdigest()}"


def _address(address: str) -> str:
    return f"login-address-{hashlib.sha256(address.encode()).hexdigest()}"
